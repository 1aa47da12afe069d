local function matrix(n)
  local m = {}
  for i = 1, n do
    local row = {}
    for j = 1, n do row[j] = (i - j) * (i + j - 2) / n end
    m[i] = row
  end
  return m
end

local function multiply(a, b)
  local n, c = #a, {}
  for i = 1, n do
    local row = {}
    for j = 1, n do
      local sum = 0
      for k = 1, n do sum = sum + a[i][k] * b[k][j] end
      row[j] = sum
    end
    c[i] = row
  end
  return c
end

local a, b = matrix(200), matrix(200)
for _ = 1, 3 do a = multiply(a, b) end
assert(a[1][1] == a[1][1])
