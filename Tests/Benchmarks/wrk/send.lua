-- Sends each draft of a list once, and stops when the list is used up.
-- Arguments: the list, its first line to use, its last line, and the request's JSON body.
local requests, count, at = {}, 0, 0

function init(arguments)
  local first, last, body = tonumber(arguments[2]), tonumber(arguments[3]), arguments[4] or "{}"
  local number = 0
  for line in io.lines(arguments[1]) do
    number = number + 1
    if number > last then break end
    if number >= first then
      local guid, token = line:match("^(%x+) (%S+)$")
      count = count + 1
      requests[count] = "PUT /api/v1/messages/" .. guid .. "/send HTTP/1.1\r\nHost: localhost\r\n"
        .. "x-sm-session-token: " .. token .. "\r\nContent-Type: application/json\r\n"
        .. "Content-Length: " .. #body .. "\r\n\r\n" .. body
    end
  end
end

function request()
  if at == count then
    wrk.thread:stop()
    return requests[count] -- Not counted: the thread has stopped.
  end
  at = at + 1
  return requests[at]
end

function done(summary, latency)
  dofile(os.getenv("BENCH_REPORT"))(summary, latency)
end
