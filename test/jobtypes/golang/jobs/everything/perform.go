// Package everything is a job that uses all that a Go job may use.
package everything

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log"
	"log/slog"
	"math"
	"math/big"
	"net/http"
	"os"
	"runtime"
	"strings"
	"time"

	"example.com/everything/shapes"
)

// Mood is how somebody feels.
type Mood string

const (
	Happy Mood = "happy"
	Sad   Mood = "sad"
)

// Base is embedded.
type Base struct {
	ID int64 `json:"id"`
}

// Input is what Perform takes.
type Input struct {
	Base
	// Who is meant.
	Name   string            `json:"name" validate:"min=1,max=20"`
	Age    *uint8            `json:"age,omitempty" jsonschema:"minimum=0,description=In years"`
	Mood   Mood              `json:"mood,omitempty"`
	Shape  shapes.Shape      `json:"shape,omitempty"`
	Tags   []string          `json:"tags,omitempty" validate:"max=3,dive,min=2"`
	Extra  map[string]int    `json:"extra,omitempty"`
	When   *time.Time        `json:"when,omitempty"`
	Wait   time.Duration     `json:"wait,omitempty"`
	Big    *big.Int          `json:"big,omitempty"`
	Any    any               `json:"any,omitempty"`
	Sub    *Input            `json:"sub,omitempty"`
	Pairs  []Pair[int, Mood] `json:"pairs,omitempty"`
	Data   []byte            `json:"data,omitempty"`
	Hidden string            `json:"-"`
	secret string
}

// Pair is generic.
type Pair[A, B any] struct {
	First  A
	Second B
}

// Output is what Perform returns.
type Output struct {
	Text string   `json:"text"`
	In   Input    `json:"in"`
	Tag  [2]int   `json:"tag"`
	Raw  *float32 `json:"raw"`
}

// CallJob is filled in.
var CallJob func(ctx context.Context, job string, payload, result any) error

var started string

func Init() error {
	started = "init as " + os.Getenv("JOB_NAME")
	return nil
}

func Shutdown() {
	fmt.Println("shutting down")
}

// Perform greets somebody.
func Perform(in Input) (Output, error) {
	return Output{Text: "<" + in.Name + "> & co", In: in, Tag: [2]int{1, 2}}, nil
}

func DocsInputExample() Input {
	return Input{Name: "Ada", Mood: Happy}
}

type notFound struct{ what string }

func (n *notFound) Error() string   { return n.what + " is not there" }
func (n *notFound) StatusCode() int { return 404 }

// Fail fails in many ways.
func Fail(ctx context.Context, in struct{ How string }) (any, error) {
	switch in.How {
	case "status":
		return nil, fmt.Errorf("looking: %w", &notFound{"it"})
	case "plain":
		return nil, errors.New("plain")
	case "empty":
		return nil, errors.New("")
	case "infinite":
		return math.Inf(1), nil
	case "channel":
		return map[string]any{"c": make(chan int)}, nil
	case "cycle":
		type node struct{ Next *node }
		n := &node{}
		n.Next = n
		return n, nil
	case "panic":
		panic("a text")
	case "panic error":
		panic(&notFound{"she"})
	case "nil":
		var in *Input
		return in.Name, nil
	case "exit goroutine":
		runtime.Goexit()
	case "exit":
		os.Exit(3)
	case "close":
		os.Stdout.Close()
		os.Stderr.Close()
		fmt.Println("into nothing")
		return "fine", nil
	case "wait":
		<-ctx.Done()
		slog.InfoContext(ctx, "waited", "reason", ctx.Err().Error())
		return nil, ctx.Err()
	}
	return in.How, nil
}

// Look tells what it sees of the request.
func Look(ctx context.Context) (map[string]any, error) {
	request := ctx.Value("request").(*http.Request)
	_, limited := ctx.Deadline()
	return map[string]any{
		"method": request.Method, "path": request.URL.Path, "query": request.URL.RawQuery, "limited": limited,
		"header": request.Header.Get("X-Thing"), "started": started,
	}, nil
}

// Range is what Count counts through.
type Range struct {
	To     int
	FailAt int `json:",omitempty"`
}

func Count(ctx context.Context, in Range) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		defer slog.Info("counting has ended")
		for n := 1; n <= in.To || in.To < 0; n++ {
			if n == in.FailAt {
				yield(0, errors.New("no further"))
				return
			}
			if !yield(n, nil) {
				return
			}
		}
	}
}

func Letters(in struct{ Text string }) (iter.Seq[string], error) {
	if in.Text == "" {
		return nil, &notFound{"a text"}
	}
	return func(yield func(string) bool) {
		for _, r := range in.Text {
			if !yield(string(r)) {
				return
			}
		}
	}, nil
}

func Ticks(ctx context.Context) <-chan string {
	out := make(chan string)
	go func() {
		defer close(out)
		defer log.Print("ticking has ended")
		for {
			select {
			case out <- strings.Repeat("tick ", 200):
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func Upper(body io.Reader) (io.Reader, error) {
	text, err := io.ReadAll(body)
	return strings.NewReader(strings.ToUpper(string(text))), err
}

func Size(body []byte) int {
	return len(body)
}

func Chain(ctx context.Context, in struct{ Job string }) (any, error) {
	var result any
	err := CallJob(ctx, in.Job, map[string]int{"n": 1}, &result)
	return result, err
}

// Logs writes lines.
func Logs(ctx context.Context) error {
	fmt.Println("printed")
	log.Printf("logged %d", 1)
	slog.WarnContext(ctx, "warned", "n", 2, slog.Group("g", "m", "x"))
	slog.With("who", "me").Error("failed")
	return nil
}

type endpoints struct{}

// Method is a method.
func (endpoints) Method(in map[string]any) (any, error) { return in["x"], nil }

func AuxiliaryEndpoints() map[string]any {
	return map[string]any{
		"/fail": Fail, "look": Look, "/count": Count, "/letters": Letters, "/ticks": Ticks, "/upper": Upper, "/size": Size,
		"/chain": Chain, "/logs": Logs, "/method": endpoints{}.Method, "/file": File, "/upload": Upload, "/sleep": Sleep,
	}
}

func DocsInputExamples() map[string]any {
	return map[string]any{"/method": map[string]any{"x": 7}}
}

func Sleep(in struct{ Milliseconds int }) int {
	time.Sleep(time.Duration(in.Milliseconds) * time.Millisecond)
	return in.Milliseconds
}
