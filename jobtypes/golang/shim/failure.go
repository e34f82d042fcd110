// Owns what becomes of errors and panics: the error reply of a call, and the report of a job that cannot start.

//go:build go1.21

package shim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
)

// errorMeta is ErrorMeta in wrapper/protocol/messages.ts.
type errorMeta struct {
	Status    int      `json:"status"`
	Headers   []string `json:"headers,omitempty"`
	Fault     string   `json:"fault"`
	Message   string   `json:"message"`
	Cause     string   `json:"cause,omitempty"`
	Traceback string   `json:"traceback,omitempty"`
	Counted   bool     `json:"counted"`
	InBand    bool     `json:"inBand,omitempty"`
}

// panicError is a panic of the job's code; or its end of the goroutine, which is no panic but as sudden.
type panicError struct {
	value     any
	traceback string
}

func (p *panicError) Error() string {
	if err, isError := p.value.(error); isError {
		return err.Error()
	}
	return fmt.Sprint(p.value)
}

func (p *panicError) Unwrap() error {
	err, _ := p.value.(error)
	return err
}

// encodingError says that a result has no JSON.
type encodingError struct {
	error
}

func (e *encodingError) Unwrap() error {
	return e.error
}

// panicked is called while the panic is being recovered: the stack still shows where it began.
func panicked(value any) error {
	return &panicError{value, traceback()}
}

var errExited = errors.New("the job's code ended its goroutine with runtime.Goexit")

// errorReply is the meta and the body of the `error` frame for an error.
func errorReply(err error) (meta, body []byte) {
	switch refused := err.(type) {
	case *unprocessable:
		return toJSON(errorMeta{Status: 422, Fault: "caller"}), toJSON(map[string]any{"detail": refused.details})
	case *brokenBody:
		return toJSON(errorMeta{Status: 400, Fault: "caller"}), toJSON(map[string]any{"detail": refused.Error()})
	}
	return toJSON(failureOf(err)), toJSON(errorBody{err.Error(), typeName(err)})
}

type errorBody struct {
	Error string `json:"error"`
	Type  string `json:"type"`
}

// failureOf is how the log and the metrics see a failed call.
func failureOf(err error) errorMeta {
	failure := errorMeta{Status: 500, Fault: "job", Message: err.Error(), Cause: typeName(err), Counted: true}
	var crash *panicError
	var call *CallError
	var lost *bodyLost
	switch {
	case errors.As(err, &crash):
		failure.Traceback = crash.traceback
	case errors.As(err, &call):
		failure.Status, failure.Fault = call.answered(), call.fault
		if call.retry != "" {
			failure.Headers = []string{"retry-after", call.retry}
		}
	case errors.As(err, &lost):
		failure.Fault = "platform"
	default:
		if status := statusOf(err); status != 0 {
			failure.Status = status
			if status < 500 {
				failure.Fault = "caller"
			}
		}
	}
	if strings.TrimSpace(failure.Message) == "" {
		failure.Message = failure.Cause
	}
	return failure
}

// statusOf is the status that an error, or one that it wraps, asks for; 0 when none does.
func statusOf(err error) int {
	var status int
	var first interface{ StatusCode() int }
	var second interface{ Status() int }
	if errors.As(err, &first) {
		status = first.StatusCode()
	} else if errors.As(err, &second) {
		status = second.Status()
	}
	if status < 400 || status > 599 {
		return 0
	}
	return status
}

// runtimeError is the type of what the language itself panics with, such as an index out of range.
const runtimeError = "RuntimeError"

// typeName is the name of the first type in the chain that says something: not one of the standard library's plain errors.
func typeName(err error) string {
	for each := err; each != nil; each = errors.Unwrap(each) {
		if crash, is := each.(*panicError); is && crash.Unwrap() == nil {
			return "panic"
		}
		if _, is := each.(runtime.Error); is {
			return runtimeError
		}
		if _, is := each.(*CallError); is {
			return "JobCallError"
		}
		t := reflect.TypeOf(each)
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		switch t.PkgPath() {
		case "errors", "fmt", ownPackage:
			continue
		}
		if t.Name() != "" {
			return t.Name()
		}
	}
	return "error"
}

var (
	ownPackage  = reflect.TypeOf(worker{}).PkgPath()
	standardLib = standardLibFolder()
)

// generated is in the names of files that the compilation has added.
const generated = "/racetrack_"

// traceback lists file:line of every frame of the job and its libraries, the job's own line last.
func traceback() string {
	callers := make([]uintptr, 100)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	var lines []string
	for more := true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		if strings.HasPrefix(frame.Function, ownPackage+".") && strings.Contains(frame.Function, ".(*call).invoke") {
			break
		}
		isOwn := !strings.HasPrefix(frame.File, standardLib) && !strings.Contains(frame.File, generated) &&
			!strings.HasPrefix(frame.Function, ownPackage+".")
		// What libraries do below the job's own last line, nobody who reads this can change.
		if frame.File != "" && isOwn && (len(lines) > 0 || !isLibrary(frame.File)) {
			lines = append(lines, fmt.Sprintf("%s:%d", frame.File, frame.Line))
		}
	}
	for i, j := 0, len(lines)-1; i < j; i, j = i+1, j-1 {
		lines[i], lines[j] = lines[j], lines[i]
	}
	return strings.Join(lines, ", ")
}

func isLibrary(file string) bool {
	return strings.Contains(file, "/pkg/mod/") || strings.Contains(file, "/vendor/")
}

func standardLibFolder() string {
	file, _ := runtime.FuncForPC(reflect.ValueOf(json.Marshal).Pointer()).FileLine(0)
	folder, _, _ := strings.Cut(file, "encoding/json/")
	return folder
}

// at is `file:line: ` of a function's declaration.
func at(function reflect.Value) string {
	described := runtime.FuncForPC(function.Pointer())
	if described == nil {
		return ""
	}
	file, line := described.FileLine(function.Pointer())
	return fmt.Sprintf("%s:%d: ", file, line)
}

// toJSON encodes values of our own.
func toJSON(value any) []byte {
	var buffer bytes.Buffer
	if err := encode(&buffer, value); err != nil {
		return []byte("{}")
	}
	return buffer.Bytes()
}
