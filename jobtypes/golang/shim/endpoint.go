// Owns what a function of the job looks like: which input it takes, what it gives back, and how it is called.

//go:build go1.21

package shim

import (
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"reflect"
	"sync/atomic"
	"time"
)

type inputKind int

const (
	inputNone    inputKind = iota
	inputUntyped           // map[string]interface{}
	inputTyped             // decoded from JSON
	inputForm              // a struct with files, from a multipart form
	inputBytes             // the body as it is
	inputReader
)

type outputKind int

const (
	outputValue    outputKind = iota
	outputChannel             // <-chan T
	outputSequence            // func(yield func(T) bool), such as iter.Seq[T]
	outputPairs               // func(yield func(T, error) bool), such as iter.Seq2[T, error]
)

var (
	typeContext = reflect.TypeOf((*context.Context)(nil)).Elem()
	typeError   = reflect.TypeOf((*error)(nil)).Elem()
	typeReader  = reflect.TypeOf((*io.Reader)(nil)).Elem()
	typeBytes   = reflect.TypeOf([]byte(nil))
	typeUntyped = reflect.TypeOf(map[string]any(nil))
	typeFile    = reflect.TypeOf((*multipart.FileHeader)(nil))
)

// expected is shown to whoever has written a function of another shape.
const expected = "expected func(input map[string]interface{}) (interface{}, error), or func(in Input) (Output, error) with types of " +
	"your own, both with ctx context.Context in front if you like"

// endpoint is a function of the job; its place in the list is its number on the wire.
type endpoint struct {
	path         string
	kind         string
	function     reflect.Value
	direct       func(map[string]any) (any, error) // the function itself, when it has the original shape
	takesContext bool
	input        inputKind
	inputType    reflect.Type // nil for inputNone
	output       outputKind
	outputType   reflect.Type // of the value or of each item; nil when nothing is returned
	returnsError bool
	example      []byte // JSON, nil when there is none
	average      atomic.Int64
}

// Calls that take longer than this on average get a goroutine of their own.
const quickCall = 20 * time.Microsecond

// newEndpoint looks at a function; name is how the job's author calls it.
func newEndpoint(name string, function any) (*endpoint, error) {
	e := &endpoint{function: reflect.ValueOf(function)}
	e.average.Store(int64(time.Hour)) // unknown
	t := reflect.TypeOf(function)
	if t == nil || t.Kind() != reflect.Func || e.function.IsNil() {
		return nil, fmt.Errorf("%s is no function: %s", name, expected)
	}
	if problem := e.readSignature(t); problem != "" {
		return nil, fmt.Errorf("%s%s: %s; %s", at(e.function), name, problem, expected)
	}
	e.direct, _ = function.(func(map[string]any) (any, error))
	return e, nil
}

func (e *endpoint) readSignature(t reflect.Type) string {
	in := 0
	if t.NumIn() > 0 && t.In(0) == typeContext {
		e.takesContext = true
		in = 1
	}
	if t.IsVariadic() || t.NumIn()-in > 1 {
		return "it takes more than one input"
	}
	if t.NumIn() > in {
		e.inputType = t.In(in)
		e.input = inputKindOf(e.inputType)
		if kind := e.inputType.Kind(); kind == reflect.Func || kind == reflect.Chan {
			return fmt.Sprintf("its input is %s, which no JSON can be", e.inputType)
		}
	}
	out := t.NumOut()
	if out > 0 && t.Out(out-1) == typeError {
		e.returnsError = true
		out--
	}
	if out > 1 {
		return "it returns more than one value and an error"
	}
	if out == 1 {
		e.output, e.outputType = outputOf(t.Out(0))
	}
	return ""
}

func inputKindOf(t reflect.Type) inputKind {
	switch {
	case t == typeUntyped:
		return inputUntyped
	case t == typeBytes:
		return inputBytes
	case t == typeReader:
		return inputReader
	case hasFiles(t):
		return inputForm
	}
	return inputTyped
}

// outputOf tells how a returned type is sent, and of what type the value or each item is.
func outputOf(t reflect.Type) (outputKind, reflect.Type) {
	if t.Kind() == reflect.Chan && t.ChanDir() != reflect.SendDir {
		return outputChannel, t.Elem()
	}
	if t.Kind() != reflect.Func || t.NumIn() != 1 || t.NumOut() != 0 {
		return outputValue, t
	}
	yield := t.In(0)
	if yield.Kind() != reflect.Func || yield.NumOut() != 1 || yield.Out(0).Kind() != reflect.Bool {
		return outputValue, t
	}
	switch {
	case yield.NumIn() == 1:
		return outputSequence, yield.In(0)
	case yield.NumIn() == 2 && yield.In(1) == typeError:
		return outputPairs, yield.In(0)
	}
	return outputValue, t
}

// invoke calls the function with its decoded input.
func (e *endpoint) invoke(c *call, input reflect.Value) (any, error) {
	arguments := make([]reflect.Value, 0, 2)
	if e.takesContext {
		arguments = append(arguments, reflect.ValueOf(c.newContext()))
	}
	if e.input != inputNone {
		arguments = append(arguments, input)
	}
	results := e.function.Call(arguments)
	if e.returnsError {
		if last := results[len(results)-1]; !last.IsNil() {
			return nil, last.Interface().(error)
		}
	}
	if e.outputType == nil {
		return nil, nil
	}
	return results[0].Interface(), nil
}

// isQuick says whether a call is expected to be over before another goroutine could have taken it.
func (e *endpoint) isQuick() bool {
	return e.average.Load() < int64(quickCall)
}

// took notes how long a call has lasted. Two calls at once may lose one note: it is an estimate.
func (e *endpoint) took(duration time.Duration) {
	average := e.average.Load()
	if average == int64(time.Hour) {
		e.average.Store(int64(duration))
		return
	}
	e.average.Store(average + (int64(duration)-average)/8)
}
