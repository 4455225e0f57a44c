package exporter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/ammeter/ammeter/exporter"
)

// An exporter takes posts until it is stopped: open, run, wait until it is ready,
// serve, drain, close.
func Example() {
	amplitude := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"code":200,"events_ingested":1,"payload_size_bytes":1,"server_upload_time":1}`)
	}))
	defer amplitude.Close()
	dir, err := os.MkdirTemp("", "queue-")
	if err != nil {
		log.Panic(err)
	}
	defer os.RemoveAll(dir)

	ctx := context.Background()
	x, err := exporter.Open(ctx, exporter.Config{URL: amplitude.URL, APIKey: "my-key", Queue: exporter.Queue{Dir: dir}})
	if err != nil {
		log.Panic(err)
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- x.Run(running) }()
	if err := x.AwaitReady(ctx); err != nil {
		log.Panic(err)
	}
	fmt.Println("once only:", x.Run(ctx))

	braze := httptest.NewServer(x.Handler())
	defer braze.Close()
	resp, err := http.Post(braze.URL+"/events", "application/json", strings.NewReader(
		`{"event_type":"users.messages.email.Open","id":"1","time":1700000000,"user":{"external_user_id":"user-0001"}}`))
	if err != nil {
		log.Panic(err)
	}
	defer resp.Body.Close()
	fmt.Println("post:", resp.Status)

	ledger, err := x.Drain(ctx)
	fmt.Println("accepted:", ledger.Accepted, "held:", ledger.Held, err)
	stop()
	fmt.Println(errors.Join(<-ended, x.Close()))
	// Output:
	// once only: exporter was started before: open another one
	// post: 200 OK
	// accepted: 1 held: 0 <nil>
	// <nil>
}

// Two events of a stream are exported: one has neither a user nor a device.
func ExampleExporter_Export() {
	amplitude := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Println(r.URL.Path, string(body))
		fmt.Fprint(w, `{"code":200,"events_ingested":1,"payload_size_bytes":1,"server_upload_time":1}`)
	}))
	defer amplitude.Close()

	x, err := exporter.Open(context.Background(), exporter.Config{URL: amplitude.URL, APIKey: "my-key"})
	if err != nil {
		fmt.Println(err)
		return
	}
	stream := strings.NewReader(`
{"event_type":"users.messages.email.Open","id":"1","time":1700000000,"external_user_id":"user-0001"}
{"event_type":"users.messages.email.Open","id":"2","time":1700000000,"user_id":"known to braze only"}
`)
	if err := x.Export(context.Background(), exporter.NDJSON("stream", stream)); err != nil {
		fmt.Println(err)
	}
	_ = x.Ledger().WriteTable(os.Stdout)
	// Output:
	// /2/httpapi {"api_key":"my-key","events":[{"event_type":"[Appboy] Email Open","user_id":"user-0001","time":1700000000000,"insert_id":"1","library":"Braze","event_properties":{}}],"options":{"min_id_length":1}}
	// read                                       2
	// accepted                                   1
	// dropped                                    1
	//   unaddressable                            1
	// dead-lettered                              0
	// held                                       0
	// The ledger adds up.
}
