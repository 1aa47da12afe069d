module testing-goroutines

go 1.27
