local n, count = 2000000, 0
for _ = 1, 10 do
  local composite = {}
  for i = 0, n do composite[i] = false end
  count = 0
  for i = 2, n do
    if not composite[i] then
      count = count + 1
      for j = i * 2, n, i do composite[j] = true end
    end
  end
end
assert(count == 148933)
