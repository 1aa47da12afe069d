local best, at = 0, 0
for i = 1, 999999 do
  local n, steps = i, 0
  while n ~= 1 do
    if n % 2 == 0 then n = n / 2 else n = 3 * n + 1 end
    steps = steps + 1
  end
  if steps > best then best, at = steps, i end
end
assert(at == 837799)
