module racetrack/golang

go 1.21
