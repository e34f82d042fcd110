// Owns the start of a Go job: what the generated main function says about it, and the way from there to the first call.

//go:build go1.21

package shim

import (
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"reflect"
	"runtime"
	"strings"
	"syscall"
)

// Job is what the generated code knows of the user's package.
type Job struct {
	// Members are the exported functions that mean something to us, and pointers to such variables, by their names.
	Members map[string]any
	// Doc is the comment of the package.
	Doc string
	// Functions are the comments of functions, by `package/path.Name` or `package/path.Type.Name`.
	Functions map[string]string
	// Types are comments and values of named types, by `package/path.Name`.
	Types map[string]Type
}

// Type is what the source says about a named type and reflection does not.
type Type struct {
	Doc string
	// Fields are the comments of a struct's fields.
	Fields map[string]string
	// Values are the constants of the type, in the order written.
	Values []any
}

// job is a Go job ready to be called.
type job struct {
	Job
	endpoints   []*endpoint
	webview     *webview // nil when there is none
	description description
}

// Main serves the job over descriptor 3 until the wrapper says stop.
func Main(user Job) {
	signal.Ignore(syscall.SIGPIPE)   // a log that nobody reads any more must not end the job
	_ = syscall.SetNonblock(3, true) // the scheduler then waits for it itself, without a thread of its own
	c := &connection{file: os.NewFile(3, "wrapper")}
	version := strings.TrimPrefix(runtime.Version(), "go")
	c.sendJSON(frameHello, 0, map[string]any{"protocol": protocolVersion, "language": "go", "version": version, "pid": os.Getpid()})
	c.sendJSON(framePhase, 0, map[string]any{"phase": "importing"})
	c.sendJSON(framePhase, 0, map[string]any{"phase": "imported", "forks": false})
	installLogs(c)
	order := awaitOrder(c)
	c.sendJSON(framePhase, 0, map[string]any{"phase": "constructing"})
	made, err := construct(user, order)
	if err == nil {
		c.sendJSON(framePhase, 0, map[string]any{"phase": "describing"})
		err = made.safely(made.describe)
	}
	if err != nil {
		c.sendJSON(frameFailed, 0, startFailure(err))
		os.Exit(1)
	}
	c.sendJSON(frameReady, 0, made.description)
	newWorker(c, made).serve()
}

// order is what the wrapper says when the process is to become a worker.
type order struct {
	ClassName string            `json:"className"`
	Env       map[string]string `json:"env"`
	Key       string            `json:"key"`
}

func awaitOrder(c *connection) order {
	for {
		switch f := c.receive(); f.kind {
		case frameFork:
			var given order
			if err := json.Unmarshal(f.meta, &given); err != nil {
				os.Exit(1)
			}
			return given
		case framePing:
			c.send(frame{kind: framePong, id: f.id})
		case frameStop:
			os.Exit(0)
		}
	}
}

// construct runs the job's own preparation.
func construct(user Job, given order) (*job, error) {
	if given.ClassName != "" && given.ClassName != "Perform" {
		return nil, fmt.Errorf("a Go job is called by its function Perform: there is no choice of %s", given.ClassName)
	}
	for name, value := range given.Env {
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	made := &job{Job: user}
	if err := made.provideCalls(); err != nil {
		return nil, err
	}
	for _, name := range []string{"Init", "Setup", "Shutdown"} {
		hook, err := made.hook(name)
		if err != nil {
			return nil, err
		}
		if hook == nil || name == "Shutdown" {
			continue
		}
		if err := made.safely(hook); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return made, nil
}

// safely runs code of the job; a panic is an error.
func (j *job) safely(work func() error) (err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = panicked(problem)
		}
	}()
	return work()
}

// hook is a function without parameters that may return an error; nil when the job has none of this name.
func (j *job) hook(name string) (func() error, error) {
	switch hook := j.Members[name].(type) {
	case nil:
		return nil, nil
	case func():
		return func() error { hook(); return nil }, nil
	case func() error:
		return hook, nil
	default:
		return nil, fmt.Errorf("%s%s has to be func %s() or func %s() error", at(reflect.ValueOf(hook)), name, name, name)
	}
}

func (j *job) shutdown() error {
	hook, err := j.hook("Shutdown")
	if hook == nil {
		return err
	}
	return j.safely(hook)
}

// startFailure is StartFailure in wrapper/protocol/messages.ts.
func startFailure(err error) map[string]any {
	failure := failureOf(err)
	line := strings.Join(strings.Fields(failure.Message), " ")
	if failure.Traceback != "" {
		line = fmt.Sprintf("%s, cause=%s, traceback=%s", line, failure.Cause, failure.Traceback)
	}
	return map[string]any{"error": line, "type": failure.Cause}
}
