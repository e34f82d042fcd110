// Owns running calls. One goroutine reads the connection and runs the calls of quick endpoints itself, sending the replies of a batch
// at once; when such a call runs long after all, a monitor hands the reading to another goroutine. All other calls get a goroutine
// of their own. So short calls pay neither a switch nor a write each, and long ones hold up nobody.

//go:build go1.21

package shim

import (
	"encoding/binary"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

const (
	tick      = 5 * time.Millisecond // how long a call may hold the reading
	idleTicks = 10                   // ticks without work after which the monitor sleeps
)

type worker struct {
	connection *connection
	job        *job
	turn       atomic.Int64 // odd while the reader runs a call; who makes it even owns the reading
	sleeping   atomic.Bool  // the monitor sleeps
	wake       chan struct{}
	lock       sync.Mutex
	running    map[uint32]listener
}

// listener is a running exchange that wants to hear what the wrapper says about it.
type listener interface {
	cancel(meta []byte)
	window(bytes int)
	input(f frame)
}

func newWorker(c *connection, j *job) *worker {
	return &worker{connection: c, job: j, wake: make(chan struct{}, 1), running: map[uint32]listener{}}
}

// serve runs calls until the wrapper says stop.
func (w *worker) serve() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // the heap of a job is mostly small: collecting it every 4 MB would cost a tenth of the time
	}
	go w.monitor()
	go keepFresh()
	w.lead()
}

// keepFresh tells the cache of programs that this one is in use: jobtypes/golang/prune.ts removes others.
func keepFresh() {
	program, err := os.Executable()
	for ; err == nil; time.Sleep(30 * time.Minute) {
		now := time.Now()
		err = os.Chtimes(program, now, now)
	}
}

// lead reads frames and acts on them until the reading is taken away.
func (w *worker) lead() {
	mine := true
	defer func() {
		if mine { // the job's code has ended this goroutine
			go w.lead()
		}
	}()
	for mine {
		f := w.connection.receive()
		if f.kind != frameCall {
			w.control(f)
			continue
		}
		if int(f.endpoint) >= len(w.job.endpoints) {
			os.Exit(1)
		}
		endpoint := w.job.endpoints[f.endpoint]
		if endpoint.isQuick() {
			w.runHere(endpoint, f, &mine)
		} else {
			go w.runApart(endpoint, f)
		}
	}
}

// runHere runs a call in the reader; mine becomes false when the reading was taken away meanwhile.
func (w *worker) runHere(endpoint *endpoint, f frame, mine *bool) {
	turn := w.turn.Add(1)
	if w.sleeping.Load() && w.sleeping.CompareAndSwap(true, false) {
		w.wake <- struct{}{}
	}
	defer func() {
		*mine = w.turn.CompareAndSwap(turn, turn+1)
		if !*mine {
			w.connection.flush()
		}
	}()
	w.run(endpoint, f)
}

func (w *worker) runApart(endpoint *endpoint, f frame) {
	defer w.connection.flush()
	w.run(endpoint, f)
}

// monitor watches the reader: a call that lasts longer than a tick loses it the reading.
func (w *worker) monitor() {
	seen, idle := int64(0), 0
	for {
		time.Sleep(tick)
		turn := w.turn.Load()
		switch {
		case turn != seen:
			idle = 0
		case turn%2 == 1:
			if w.turn.CompareAndSwap(turn, turn+1) {
				w.connection.flush()
				go w.lead()
			}
		default:
			idle++
		}
		seen = turn
		if idle > idleTicks {
			idle = 0
			w.sleeping.Store(true)
			// The reader first marks its call and then looks at the flag, we do the reverse: one of us sees the other.
			if w.turn.Load()%2 == 0 || !w.sleeping.CompareAndSwap(true, false) {
				<-w.wake
			}
		}
	}
}

func (w *worker) control(f frame) {
	switch f.kind {
	case frameCancel, frameInput, frameWindow:
		w.tell(f)
	case frameHTTP:
		w.startPage(f)
	case frameCollect:
		go w.collect(f.id)
	case framePing:
		w.connection.send(frame{kind: framePong, id: f.id})
	case frameStop:
		go w.stop()
	}
}

// tell hands a frame to the exchange it belongs to; those that have ended no longer care.
func (w *worker) tell(f frame) {
	w.lock.Lock()
	target := w.running[f.id]
	w.lock.Unlock()
	switch {
	case target == nil:
	case f.kind == frameCancel:
		target.cancel(f.meta)
	case f.kind == frameInput:
		target.input(f)
	case len(f.body) == 4:
		target.window(int(binary.LittleEndian.Uint32(f.body)))
	}
}

func (w *worker) listen(id uint32, l listener) {
	w.lock.Lock()
	w.running[id] = l
	w.lock.Unlock()
}

func (w *worker) forget(id uint32) {
	w.lock.Lock()
	delete(w.running, id)
	w.lock.Unlock()
}

func (w *worker) collect(id uint32) {
	w.connection.sendJSON(frameMetrics, id, w.job.collectMetrics())
}

// stop runs the job's Shutdown and ends the process. The wrapper sends this when no call is running any more.
func (w *worker) stop() {
	code := 0
	if err := w.job.shutdown(); err != nil {
		logFailure("shutdown failed", err)
		code = 1
	}
	w.connection.flush()
	os.Exit(code)
}
