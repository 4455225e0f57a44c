package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/ammeter/ammeter/fixtures"
	"github.com/ammeter/ammeter/loadgen/recording"
)

// capture is the command that records events under pseudonyms.
type capture struct {
	pseudonymFlags
	Out      string        `arg:"" type:"path" help:"NDJSON file to write, for loadgen replay --from."`
	From     string        `type:"path" placeholder:"PATH" help:"Currents events to read, a file or a directory of NDJSON or Avro; their own times are kept."`
	Listen   string        `placeholder:"ADDRESS" help:"Take Custom HTTP posts at /events of this address instead, until interrupted or for --duration."`
	PortFile string        `type:"path" placeholder:"FILE" help:"Write the port to this file when it listens."`
	Duration time.Duration `help:"For how long to listen; 0 until interrupted."`
}

// recorder writes lines and counts.
type recorder struct {
	anonymizer *recording.Anonymizer

	mu        sync.Mutex // guards what follows
	w         *bufio.Writer
	kept, not int
}

// Run is the command.
func (c *capture) Run(ctx context.Context, std streams) error {
	if (c.From == "") == (c.Listen == "") {
		return usage(errors.New("give either --from or --listen"))
	}
	key, err := c.key()
	if err != nil {
		return usage(err)
	}
	set, err := fixtures.Load()
	if err != nil {
		return noResult(err)
	}
	f, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return noResult(err)
	}
	r := &recorder{anonymizer: recording.NewAnonymizer(key, set), w: bufio.NewWriter(f)}
	if c.From != "" {
		err = c.read(r, set)
	} else {
		err = c.listen(ctx, std, r)
	}
	if err = errors.Join(err, r.w.Flush(), f.Close()); err != nil {
		return noResult(err)
	}
	fmt.Fprintf(std.out, "%s: %d events recorded, %d left out\n", c.Out, r.kept, r.not)
	return nil
}

func (c *capture) read(r *recorder, set *fixtures.Set) error {
	events, kind, err := recording.Load(c.From, set)
	if err != nil {
		return err
	}
	if kind != "exporter" {
		return errors.New("--from has mapped events; capture takes Currents events")
	}
	for _, e := range events {
		r.take(e.Body, e.At)
	}
	return nil
}

// listen takes posts until the context or the duration ends.
func (c *capture) listen(ctx context.Context, std streams, r *recorder) error {
	if c.Duration > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, c.Duration)
		defer stop()
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("POST /events", r)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	fmt.Fprintf(std.err, "loadgen: recording posts to http://%s/events\n", l.Addr())
	if c.PortFile != "" {
		_, port, _ := net.SplitHostPort(l.Addr().String())
		if err := os.WriteFile(c.PortFile, []byte(port+"\n"), 0o666); err != nil {
			return errors.Join(err, server.Close())
		}
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		last, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer stop()
		return server.Shutdown(last)
	}
}

// ServeHTTP takes a post: an event, or {"events": [...]}.
func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	at := now()
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, 32<<20))
	if err != nil || !json.Valid(body) {
		http.Error(w, "post an event, or {\"events\": [...]}", http.StatusBadRequest)
		return
	}
	var many struct {
		Events []json.RawMessage `json:"events"`
	}
	if json.Unmarshal(body, &many) != nil || many.Events == nil {
		many.Events = []json.RawMessage{body}
	}
	for _, e := range many.Events {
		r.take(e, at)
	}
}

// take records an event, or counts it as left out.
func (r *recorder) take(event json.RawMessage, at time.Time) {
	line, err := r.anonymizer.Line(event, at)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.not++
		return
	}
	r.kept++
	_, _ = r.w.Write(line) // its error comes again from Flush
}
