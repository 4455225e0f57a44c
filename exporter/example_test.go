package exporter_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/ammeter/ammeter/exporter"
)

// Two events of a stream are exported: one has nobody it could belong to.
func ExampleExporter_Export() {
	amplitude := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Println(r.URL.Path, string(body))
		fmt.Fprint(w, `{"code":200,"events_ingested":1,"payload_size_bytes":1,"server_upload_time":1}`)
	}))
	defer amplitude.Close()

	x, err := exporter.New(exporter.Config{URL: amplitude.URL, APIKey: "my-key"})
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
