package report_test

import (
	"bytes"
	"testing"

	"github.com/ammeter/ammeter/internal/browsertest"
)

func TestWriteHTML_inBrowser(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	if err := example(t).WriteHTML(&page); err != nil {
		t.Fatal(err)
	}
	browsertest.Check(t, page.Bytes(), "svg[role=img]", 1)
}
