-- The same request over and over. Arguments: method, path, body (may be empty).
local text

function init(arguments)
  local body = arguments[3] or ""
  text = arguments[1] .. " " .. arguments[2] .. " HTTP/1.1\r\nHost: localhost\r\n"
  if body ~= "" then
    text = text .. "Content-Type: application/json\r\nContent-Length: " .. #body .. "\r\n"
  end
  text = text .. "\r\n" .. body
end

function request() return text end

function done(summary, latency)
  dofile(os.getenv("BENCH_REPORT"))(summary, latency)
end
