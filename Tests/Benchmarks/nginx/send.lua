-- The policy send as a careful author would write it for nginx: everything prepared once, one transaction
-- for each send, committed before the answer (WAL, synchronous=FULL).
local ffi = require "ffi"
local jit = require "jit"

ffi.cdef [[
typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
int sqlite3_open(const char *, sqlite3 **);
int sqlite3_busy_timeout(sqlite3 *, int);
int sqlite3_exec(sqlite3 *, const char *, void *, void *, char **);
const char *sqlite3_errmsg(sqlite3 *);
int sqlite3_prepare_v3(sqlite3 *, const char *, int, unsigned, sqlite3_stmt **, const char **);
int sqlite3_step(sqlite3_stmt *);
int sqlite3_reset(sqlite3_stmt *);
int sqlite3_changes(sqlite3 *);
int sqlite3_bind_int64(sqlite3_stmt *, int, int64_t);
int sqlite3_bind_text(sqlite3_stmt *, int, const char *, int, void *);
int sqlite3_bind_blob(sqlite3_stmt *, int, const void *, int, void *);
int64_t sqlite3_column_int64(sqlite3_stmt *, int);
const unsigned char *sqlite3_column_text(sqlite3_stmt *, int);
int sqlite3_column_bytes(sqlite3_stmt *, int);
unsigned char *SHA256(const unsigned char *, size_t, unsigned char *);
typedef struct hs_database hs_database_t;
typedef struct hs_scratch hs_scratch_t;
typedef struct { char *message; int expression; } hs_compile_error_t;
typedef int (*match_event_handler)(unsigned, unsigned long long, unsigned long long, unsigned, void *);
int hs_compile_lit_multi(const char *const *, const unsigned *, const unsigned *, const size_t *, unsigned,
  unsigned, const void *, hs_database_t **, hs_compile_error_t **);
int hs_alloc_scratch(const hs_database_t *, hs_scratch_t **);
int hs_scan(const hs_database_t *, const char *, unsigned, unsigned, hs_scratch_t *, match_event_handler, void *);
]]

local sqlite, hyperscan = ffi.load("sqlite3.so.0"), ffi.load("hs.so.5")
local ROW, DONE, PERSISTENT = 100, 101, 1
local TRANSIENT = ffi.cast("void *", -1)
local RECIPIENT_LIMIT, DAILY_MESSAGES, IDLE_SECONDS = 25, 1000000, 3600
local database, keywords, scratch, found
local statements = {}
local digest = ffi.new("unsigned char[32]")
local peer = {}

local function check(code, what)
  if code ~= 0 then error(what .. ": " .. ffi.string(sqlite.sqlite3_errmsg(database))) end
end

local function execute(sql) check(sqlite.sqlite3_exec(database, sql, nil, nil, nil), sql) end

local function prepare(name, sql)
  local statement = ffi.new("sqlite3_stmt *[1]")
  check(sqlite.sqlite3_prepare_v3(database, sql, #sql, PERSISTENT, statement, nil), sql)
  statements[name] = statement[0]
end

local function compile(path)
  local words = {}
  for word in io.lines(path) do words[#words + 1] = word end
  local count = #words
  local texts, lengths = ffi.new("const char *[?]", count), ffi.new("size_t[?]", count)
  local flags, ids = ffi.new("unsigned[?]", count), ffi.new("unsigned[?]", count)
  for index, word in ipairs(words) do
    texts[index - 1], lengths[index - 1] = word, #word
    flags[index - 1], ids[index - 1] = 1, index -- HS_FLAG_CASELESS
  end
  local compiled, fault = ffi.new("hs_database_t *[1]"), ffi.new("hs_compile_error_t *[1]")
  assert(hyperscan.hs_compile_lit_multi(texts, flags, ids, lengths, count, 1, nil, compiled, fault) == 0)
  local space = ffi.new("hs_scratch_t *[1]")
  assert(hyperscan.hs_alloc_scratch(compiled[0], space) == 0)
  keywords, scratch = compiled[0], space[0]
  found = ffi.cast("match_event_handler", function() return 1 end)
end

function peer.open()
  local folder = os.getenv("PEER_FOLDER")
  if not folder then return end
  local opened = ffi.new("sqlite3 *[1]")
  assert(sqlite.sqlite3_open(folder .. "/peer.sqlite", opened) == 0)
  database = opened[0]
  sqlite.sqlite3_busy_timeout(database, 5000)
  execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8192")
  prepare("session", "SELECT account, last_seen, revoked FROM sessions WHERE digest = ?1")
  prepare("draft", "SELECT d.id, d.owner, d.state, d.expires_at, d.recipients, t.body FROM drafts d "
    .. "JOIN texts t ON t.draft = d.id WHERE d.guid = ?1")
  prepare("claim", "UPDATE drafts SET state = 1, sent_at = ?2 WHERE id = ?1 AND state = 0")
  prepare("charge", "INSERT INTO quotas(account, day, used) VALUES(?1, ?2, 1) ON CONFLICT DO UPDATE "
    .. "SET used = used + 1 WHERE used < ?3")
  prepare("outbox", "INSERT INTO outbox(draft, recipient, due_at) VALUES(?1, ?2, ?3)")
  prepare("audit", "INSERT INTO audit(leaf) VALUES(?1)")
  prepare("begin", "BEGIN IMMEDIATE")
  prepare("commit", "COMMIT")
  prepare("rollback", "ROLLBACK")
  compile(folder .. "/keywords.txt")
end

local function run(name)
  local statement = statements[name]
  local code = sqlite.sqlite3_step(statement)
  sqlite.sqlite3_reset(statement)
  if code ~= DONE then error(name .. ": " .. ffi.string(sqlite.sqlite3_errmsg(database))) end
  return sqlite.sqlite3_changes(database)
end

-- hs_scan calls back into Lua when it finds something, which compiled code must not be on the stack for.
local function banned(body, length)
  return hyperscan.hs_scan(keywords, body, length, 0, scratch, found, nil) ~= 0
end
jit.off(banned)

local function reply(status, code, message)
  ngx.status = status
  ngx.print('{"responseStatus":{"errorCode":"', code, '","message":"', message, '"}}')
end

local function session(token, now)
  ffi.C.SHA256(token, #token, digest)
  local statement = statements.session
  sqlite.sqlite3_bind_blob(statement, 1, digest, 32, nil)
  local account
  if sqlite.sqlite3_step(statement) == ROW and sqlite.sqlite3_column_int64(statement, 2) == 0
    and now - tonumber(sqlite.sqlite3_column_int64(statement, 1)) < IDLE_SECONDS then
    account = tonumber(sqlite.sqlite3_column_int64(statement, 0))
  end
  sqlite.sqlite3_reset(statement)
  return account
end

-- The draft's number, its recipients and expiry; or nil and what to say instead.
local function judge(guid, account, now)
  local statement = statements.draft
  sqlite.sqlite3_bind_text(statement, 1, guid, #guid, TRANSIENT)
  if sqlite.sqlite3_step(statement) ~= ROW
    or tonumber(sqlite.sqlite3_column_int64(statement, 1)) ~= account then
    return nil, 404, "929", "Message not found"
  end
  local draft = tonumber(sqlite.sqlite3_column_int64(statement, 0))
  if sqlite.sqlite3_column_int64(statement, 2) ~= 0 then return nil, 200, "0", "sent before" end
  local expires = tonumber(sqlite.sqlite3_column_int64(statement, 3))
  if expires ~= 0 and expires <= now then return nil, 403, "76", "Message Expiry is invalid." end
  local list = ffi.string(sqlite.sqlite3_column_text(statement, 4))
  local recipients = {}
  for recipient in list:gmatch("[^,]+") do recipients[#recipients + 1] = recipient end
  if #recipients > RECIPIENT_LIMIT then return nil, 403, "74", "Message recipients limit reached." end
  local body = sqlite.sqlite3_column_text(statement, 5)
  if banned(ffi.cast("const char *", body), sqlite.sqlite3_column_bytes(statement, 5)) then
    return nil, 403, "17", "This secure message cannot be sent."
  end
  return draft, recipients
end

local function settle(draft, recipients, account, guid, now)
  run("begin")
  sqlite.sqlite3_bind_int64(statements.claim, 1, draft)
  sqlite.sqlite3_bind_int64(statements.claim, 2, now)
  if run("claim") ~= 1 then run("rollback") return "0" end
  local day = os.date("!%Y-%m-%d", now)
  sqlite.sqlite3_bind_int64(statements.charge, 1, account)
  sqlite.sqlite3_bind_text(statements.charge, 2, day, #day, TRANSIENT)
  sqlite.sqlite3_bind_int64(statements.charge, 3, DAILY_MESSAGES)
  if run("charge") ~= 1 then run("rollback") return "28" end
  for _, recipient in ipairs(recipients) do
    sqlite.sqlite3_bind_int64(statements.outbox, 1, draft)
    sqlite.sqlite3_bind_text(statements.outbox, 2, recipient, #recipient, TRANSIENT)
    sqlite.sqlite3_bind_int64(statements.outbox, 3, now)
    run("outbox")
  end
  local leaf = string.format('{"version":1,"kind":"send","at":%d,"account":%d,"draft":"%s","recipients":%d,'
    .. '"rules":["session","draft","recipients","expiry","content","quota"],"answer":"allow",'
    .. '"request":"%s"}', now, account, guid, #recipients, ngx.var.request_id)
  sqlite.sqlite3_bind_text(statements.audit, 1, leaf, #leaf, TRANSIENT)
  run("audit")
  run("commit")
end

function peer.answer(guid)
  local now = ngx.time()
  ngx.req.read_body()
  local token = ngx.var.http_x_sm_session_token
  local account = token and session(token, now)
  if not account then return reply(401, "811", "The user session is no longer valid.") end
  local draft, recipients, code, message = judge(guid, account, now)
  sqlite.sqlite3_reset(statements.draft)
  if not draft then return reply(recipients, code, message) end
  local objection = settle(draft, recipients, account, guid, now)
  if objection then return reply(403, objection, "not sent") end
  ngx.print('{"notificationSent":false}')
end

return peer
