// Owns the log lines of a job: those of log and slog reach the wrapper with their level, and the call that they belong to.

//go:build go1.21

package shim

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"
)

// logRecord is LogRecord in wrapper/protocol/messages.ts.
type logRecord struct {
	Level   string         `json:"level"`
	Message string         `json:"message"`
	Extra   map[string]any `json:"extra,omitempty"`
}

// logConnection is where log lines go.
var logConnection *connection

// installLogs takes over log and slog, unless the job has set up its own.
func installLogs(c *connection) {
	logConnection = c
	untouched := fmt.Sprintf("%T", slog.Default().Handler()) == "*slog.defaultHandler"
	if untouched && log.Writer() == os.Stderr && log.Flags() == log.LstdFlags && log.Prefix() == "" {
		slog.SetDefault(slog.New(&logHandler{}))
	}
}

func logFailure(doing string, err error) {
	failure := failureOf(err)
	record := logRecord{Level: "ERROR", Message: doing + ": " + failure.Message, Extra: map[string]any{"cause": failure.Cause}}
	if failure.Traceback != "" {
		record.Extra["traceback"] = failure.Traceback
	}
	logConnection.sendJSON(frameLog, 0, record)
}

// logHandler is a slog.Handler; its attributes are those of With, under the names that groups give them.
type logHandler struct {
	attributes []slog.Attr
	group      string
}

func (h *logHandler) Enabled(context.Context, slog.Level) bool {
	return true
}

func (h *logHandler) Handle(ctx context.Context, record slog.Record) error {
	made := logRecord{Level: levelName(record.Level), Message: record.Message, Extra: map[string]any{}}
	for _, attribute := range h.attributes {
		addAttribute(made.Extra, "", attribute)
	}
	record.Attrs(func(attribute slog.Attr) bool {
		addAttribute(made.Extra, h.group, attribute)
		return true
	})
	id, _ := ctx.Value(exchangeKey{}).(uint32)
	logConnection.send(frame{kind: frameLog, id: id, body: toJSON(made)})
	return nil
}

func (h *logHandler) WithAttrs(attributes []slog.Attr) slog.Handler {
	made := &logHandler{append([]slog.Attr{}, h.attributes...), h.group}
	for _, attribute := range attributes {
		attribute.Key = h.group + attribute.Key
		made.attributes = append(made.attributes, attribute)
	}
	return made
}

func (h *logHandler) WithGroup(name string) slog.Handler {
	return &logHandler{h.attributes, h.group + name + "."}
}

func addAttribute(to map[string]any, prefix string, attribute slog.Attr) {
	value := attribute.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		for _, inner := range value.Group() {
			addAttribute(to, prefix+attribute.Key+".", inner)
		}
		return
	}
	switch value.Kind() {
	case slog.KindBool, slog.KindInt64, slog.KindUint64, slog.KindString:
		to[prefix+attribute.Key] = value.Any()
	default:
		to[prefix+attribute.Key] = value.String()
	}
}

func levelName(level slog.Level) string {
	switch {
	case level < slog.LevelInfo:
		return "DEBUG"
	case level < slog.LevelWarn:
		return "INFO"
	case level < slog.LevelError:
		return "WARNING"
	}
	return "ERROR"
}
