// Package respond answers HTTP requests in JSON.
package respond

import (
	"encoding/json"
	"net/http"

	"github.com/ammeter/ammeter/internal/printable"
)

// JSON answers with a value.
func JSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The status is out: nothing better can be said if this fails.
	_ = json.NewEncoder(printable.JSON(w)).Encode(body)
}

// Error answers with what is wrong, and what to do.
func Error(w http.ResponseWriter, status int, text string) {
	JSON(w, status, map[string]string{"error": text})
}
