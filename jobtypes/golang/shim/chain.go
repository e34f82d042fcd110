// Owns chain calls: a job calls another one through the gateway.

//go:build go1.21

package shim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strings"
	"time"
)

// The job declares `var CallJob` with this type, and finds it filled in.
type callJob = func(ctx context.Context, job string, payload, result any) error

// What the caller is told when the callee itself says nothing.
const (
	unreachable = http.StatusBadGateway
	tooLate     = http.StatusGatewayTimeout
)

// CallError is a call of another job that failed. Where the job returns it, its caller is answered with the callee's status.
type CallError struct {
	text    string
	status  int
	kind    string
	body    []byte
	fault   string
	retry   string // Retry-After
	because error
}

// answered is the status of the job that returns the error. What the callee says about the token of this job is none of its caller's
// business.
func (e *CallError) answered() int {
	switch e.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return unreachable
	}
	return e.status
}

func (e *CallError) Error() string {
	return e.text
}

func (e *CallError) Unwrap() error {
	return e.because
}

// Status is the callee's status, 400 and above; 502 without a usable answer, 504 without one in time.
func (e *CallError) Status() int {
	return e.status
}

// Type is the `type` of the callee's error; empty without one.
func (e *CallError) Type() string {
	return e.kind
}

// Body is the callee's answer.
func (e *CallError) Body() []byte {
	return e.body
}

// caller makes calls go to one gateway; connections are kept for the next call.
var caller = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// provideCalls fills in the variable CallJob, if the job has declared it.
func (j *job) provideCalls() error {
	switch variable := j.Members["CallJob"].(type) {
	case nil:
	case *callJob:
		*variable = callByName
	default:
		return fmt.Errorf("CallJob is a %s: declare it as var CallJob func(ctx context.Context, job string, payload, result any) error",
			reflect.TypeOf(variable).Elem())
	}
	return nil
}

// callByName calls `name`, `name/version` or `name/version/path`, its path below /api/v1, and decodes the answer into result.
func callByName(ctx context.Context, job string, payload, result any) error {
	target := parseTarget(job)
	err := callThrough(ctx, target, payload, result)
	if err == nil {
		return nil
	}
	text := fmt.Sprintf("failed to call job %q by %s: %s", target.name+" "+target.version, os.Getenv("JOB_NAME"), err)
	var answer *refusal
	switch {
	case errors.Is(err, errUnset) || errors.Is(err, errPayload):
		return errors.New(text)
	case errors.As(err, &answer):
		return answer.failed(text)
	case errors.Is(err, context.DeadlineExceeded) || os.IsTimeout(err):
		return &CallError{text: text, status: tooLate, fault: "job", because: err}
	}
	return &CallError{text: text, status: unreachable, fault: "platform", because: err}
}

var (
	errUnset   = errors.New("env var is not set")
	errPayload = errors.New("the payload has no JSON")
)

// refusal is an answer that is no success, or that has no usable body.
type refusal struct {
	text   string
	status int
	header http.Header
	body   []byte
}

func (r *refusal) Error() string {
	return r.text
}

// failed is the error of a call that was answered so.
func (r *refusal) failed(text string) *CallError {
	made := &CallError{text: text, status: unreachable, body: r.body, fault: "job", because: r}
	if r.status >= 400 && r.status <= 599 {
		made.status, made.retry = r.status, r.header.Get("Retry-After")
		var said struct{ Type string }
		if json.Unmarshal(r.body, &said) == nil {
			made.kind = said.Type
		}
	}
	if r.header.Get("X-Racetrack-Fault") == "platform" {
		made.fault = "platform"
	}
	return made
}

// target is a job's endpoint.
type target struct {
	name, version, path string
}

func parseTarget(text string) target {
	parts := append(strings.SplitN(text, "/", 3), "", "")
	made := target{parts[0], parts[1], parts[2]}
	if made.version == "" {
		made.version = "latest"
	}
	if made.path == "" {
		made.path = "perform"
	}
	return made
}

func (t target) address() (string, error) {
	gateway := strings.TrimRight(os.Getenv("PUB_URL"), "/")
	if gateway == "" {
		return "", fmt.Errorf("PUB_URL %w", errUnset)
	}
	return fmt.Sprintf("%s/job/%s/%s/api/v1/%s", gateway, url.PathEscape(t.name), url.PathEscape(t.version), t.path), nil
}

func callThrough(ctx context.Context, target target, payload, result any) error {
	if deadline, limited := ctx.Deadline(); limited && !time.Now().Before(deadline) {
		return context.DeadlineExceeded
	}
	address, err := target.address()
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if err := encode(&body, payload); err != nil {
		return fmt.Errorf("%w: %w", errPayload, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, &body)
	if err != nil {
		return err
	}
	if err := addHeaders(request); err != nil {
		return err
	}
	response, err := caller.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("the answer broke off: %w", err)
	}
	answer := &refusal{status: response.StatusCode, header: response.Header, body: content}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		answer.text = fmt.Sprintf("%s for url %s: %s", response.Status, address, content)
		return answer
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(content, result); err != nil {
		answer.text = "the answer does not fit the result: " + err.Error()
		return answer
	}
	return nil
}

// addHeaders says who calls and how long it waits, and passes on the marks by which the calls that belong together are found.
func addHeaders(to *http.Request) error {
	token, isSet := os.LookupEnv("AUTH_TOKEN")
	if !isSet {
		return fmt.Errorf("AUTH_TOKEN %w", errUnset)
	}
	to.Header.Set("Content-Type", "application/json")
	to.Header.Set("Accept", "application/json")
	to.Header.Set("User-Agent", "racetrack-job")
	to.Header.Set("X-Racetrack-Auth", token)
	if deadline, limited := to.Context().Deadline(); limited {
		to.Header.Set("X-Request-Timeout", fmt.Sprintf("%.3f", time.Until(deadline).Seconds()))
	}
	incoming, isCall := to.Context().Value(requestKey).(*http.Request)
	if !isCall {
		return nil
	}
	for _, name := range []string{
		environment("REQUEST_TRACING_HEADER", "X-Request-Tracing-Id"), environment("CALLER_NAME_HEADER", "X-Caller-Name"), "traceparent", "tracestate",
		"X-Recordkeeper-Predecessor-Id",
	} {
		if value := incoming.Header.Get(name); value != "" {
			to.Header.Set(name, value)
		}
	}
	return nil
}

// environment is the value of a variable, or the usual one.
func environment(variable, usual string) string {
	if name := os.Getenv(variable); name != "" {
		return name
	}
	return usual
}
