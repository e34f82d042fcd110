// Package job has endpoints that do what the rules of verify want to see.
package job

import (
	"context"
	"errors"
	"math"
	"os"
	"strings"
	"time"
)

// Input of Perform.
type Input struct {
	Numbers []float64 `json:"numbers"`
}

// Perform adds the numbers up.
func Perform(in Input) (float64, error) {
	total := 0.0
	for _, number := range in.Numbers {
		total += number
	}
	if math.IsInf(total, 0) {
		return 0, errors.New("the sum is out of range")
	}
	return total, nil
}

// SlowInput of Slow.
type SlowInput struct {
	Seconds float64 `json:"seconds"`
}

// Slow takes so many seconds.
func Slow(ctx context.Context, in SlowInput) (float64, error) {
	select {
	case <-time.After(time.Duration(in.Seconds * float64(time.Second))):
		return in.Seconds, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// StreamInput of Stream.
type StreamInput struct {
	Count int     `json:"count"`
	Size  int     `json:"size"`
	Pause float64 `json:"pause"`
}

// Stream yields so many texts of this size, with a pause in seconds after each.
func Stream(in StreamInput) func(yield func(string) bool) {
	text := strings.Repeat("x", in.Size)
	return func(yield func(string) bool) {
		for count := 0; count < in.Count && yield(text); count++ {
			time.Sleep(time.Duration(in.Pause * float64(time.Second)))
		}
	}
}

// Fail returns an error.
func Fail() error {
	return errors.New("told to fail")
}

// Crash ends the process.
func Crash() {
	os.Exit(3)
}

// AuxiliaryEndpoints by path.
func AuxiliaryEndpoints() map[string]any {
	return map[string]any{"/slow": Slow, "/stream": Stream, "/fail": Fail, "/crash": Crash}
}

// DocsInputExamples by path.
func DocsInputExamples() map[string]any {
	return map[string]any{
		"/perform": map[string]any{"numbers": []float64{40, 2}},
		"/slow":    map[string]any{"seconds": 0.01},
		"/stream":  map[string]any{"count": 3, "size": 8, "pause": 0.01},
	}
}

// Init loads the job, as RACETRACK_VERIFY_START wants it.
func Init() error {
	switch os.Getenv("RACETRACK_VERIFY_START") {
	case "slow":
		time.Sleep(3 * time.Second)
	case "fail":
		return errors.New("told to fail")
	}
	return nil
}
