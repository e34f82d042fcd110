module shared

go 1.23
