// Owns the job's own user interface: a real HTTP server that no port leads to; each request comes in through a pair of connections.

//go:build go1.21

package shim

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"reflect"
)

// webview serves the handler that WebviewApp returns.
type webview struct {
	handler     http.Handler
	connections chan net.Conn
}

// openWebview asks for the handler, if the job has one.
func (j *job) openWebview() error {
	declare, exists := j.Members["WebviewApp"]
	if !exists {
		return nil
	}
	open, fits := declare.(func(string) http.Handler)
	if !fits {
		return fmt.Errorf("%sWebviewApp has to be func WebviewApp(basePath string) http.Handler", at(reflect.ValueOf(declare)))
	}
	name, version := environment("JOB_NAME", "JOB_NAME"), environment("JOB_VERSION", "JOB_VERSION")
	if handler := open(fmt.Sprintf("/pub/job/%s/%s/api/v1/webview", name, version)); handler != nil {
		j.webview = newWebview(handler)
	}
	return nil
}

func newWebview(handler http.Handler) *webview {
	made := &webview{handler: handler, connections: make(chan net.Conn)}
	server := &http.Server{
		Handler:  made,
		ErrorLog: slog.NewLogLogger(&logHandler{}, slog.LevelWarn),
		ConnContext: func(ctx context.Context, connection net.Conn) context.Context {
			page := connection.(*pageConnection).page
			return context.WithValue(context.WithValue(ctx, pageKey{}, page), exchangeKey{}, page.id)
		},
	}
	go func() { _ = server.Serve(made) }() // ends with the process
	return made
}

// Accept makes the webview a net.Listener.
func (v *webview) Accept() (net.Conn, error) {
	return <-v.connections, nil
}

// Close is never called: the server ends with the process.
func (v *webview) Close() error {
	return nil
}

// Addr says that there is no address.
func (v *webview) Addr() net.Addr {
	return pageAddress("webview")
}

// ServeHTTP runs the job's handler; a panic becomes the answer of the page that it happened in.
func (v *webview) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	defer func() {
		problem := recover()
		if problem == nil {
			return
		}
		if page, is := request.Context().Value(pageKey{}).(*page); is && problem != http.ErrAbortHandler {
			page.failure.Store(panicked(problem))
		}
		panic(http.ErrAbortHandler) // nothing more can be said on this connection
	}()
	// Without this, what a handler has not read when it begins to answer would be thrown away.
	_ = http.NewResponseController(writer).EnableFullDuplex()
	v.handler.ServeHTTP(writer, request)
}

// pageKey is the key under which the context of a request holds its page.
type pageKey struct{}

// pageConnection is the server's side of a connection, with what it would know of a real one.
type pageConnection struct {
	net.Conn
	page *page
}

func (c *pageConnection) RemoteAddr() net.Addr {
	return pageAddress(c.page.caller())
}

// pageAddress is `host:port` of a caller.
type pageAddress string

func (pageAddress) Network() string {
	return "tcp"
}

func (a pageAddress) String() string {
	return string(a)
}
