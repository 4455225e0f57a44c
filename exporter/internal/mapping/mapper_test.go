package mapping_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ammeter/ammeter/exporter/internal/currents"
	"github.com/ammeter/ammeter/exporter/internal/mapping"
)

// The glossary publishes 106 types; six of them are not exported to Amplitude.
func TestTypes(t *testing.T) {
	t.Parallel()
	types := mapping.Types()
	if len(types) != 100 || !slices.IsSorted(types) {
		t.Errorf("%d types, sorted: %t", len(types), slices.IsSorted(types))
	}
	storageOnly := []string{
		"agentconsole.AgentExecuted", "agentconsole.ToolInvocation", "users.RandomBucketNumberUpdate",
		"users.UserDeleteRequest", "users.UserOrphan", "users.profile.Update",
	}
	for _, name := range append(types, storageOnly...) {
		if !currents.Published(name) {
			t.Errorf("%s is in the table but not among the published names", name)
		}
	}
}

func TestNewSelects(t *testing.T) {
	t.Parallel()
	if got := mapper(t).Selected(); !slices.Equal(got, mapping.Types()) {
		t.Errorf("nothing named selects %d types", len(got))
	}
	got := mapper(t, " users_canvas_abort", "users.messages.email.OPEN", "users.messages.email.Open").Selected()
	if want := []string{"users.canvas.Abort", "users.messages.email.Open"}; !slices.Equal(got, want) {
		t.Errorf("Selected = %q, want %q", got, want)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ event, want string }{
		{"users.messages.email.Opne", `event type "users.messages.email.Opne" is not known, did you mean users.messages.email.Open,`},
		{"Open", `did you mean users.messages.email.Open, users.messages.pushnotification.Open?`},
		{"", `event type "" is not known`},
		{"bananas", `event type "bananas" is not known, list them with "currents-exporter types"`},
		{"users.RandomBucketNumberUpdate", `event type "users.RandomBucketNumberUpdate" is not exported to Amplitude`},
		{"dataexport.S3.inner.agentconsole.ToolInvocation", `event type "dataexport.S3.inner.agentconsole.ToolInvocation" is not exported to Amplitude`},
	}
	for _, tt := range tests {
		m, err := mapping.New(mapping.Options{Events: []string{"users.canvas.Entry", tt.event}})
		if err == nil || !strings.Contains(err.Error(), tt.want) || m != nil {
			t.Errorf("New(%q) error = %v; want %q", tt.event, err, tt.want)
		}
	}
}
