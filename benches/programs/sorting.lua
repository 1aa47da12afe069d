local n = 300000
local xs, ys = {}, {}
local x = 1
for i = 1, n do
  -- x * 1664525 + 1013904223 modulo 2^32, in two halves: the product does not fit a double.
  local hi = math.floor(x / 65536)
  x = ((hi * 1664525 % 65536) * 65536 + (x % 65536) * 1664525 + 1013904223) % 4294967296
  xs[i] = math.floor(x / 256)
  ys[i] = xs[i]
end
table.sort(xs)
table.sort(ys, function(a, b) return a < b end)
for i = 2, n do
  assert(xs[i - 1] <= xs[i] and xs[i] == ys[i])
end
