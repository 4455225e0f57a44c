package report_test

import (
	"testing"

	"github.com/ammeter/ammeter/internal/browsertest"
)

func TestWriteHTML_inBrowser(t *testing.T) {
	t.Parallel()
	browsertest.Check(t, []byte(html(t, summary())), "svg[role=img]", 7)
}
