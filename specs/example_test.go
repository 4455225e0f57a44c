package specs_test

import (
	"fmt"

	"github.com/ammeter/ammeter/specs"
)

// The requirements about ids that an exporter may break and still conform.
func ExampleSelect() {
	selected, err := specs.Select("area:identity && level:should")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range selected {
		fmt.Println(r.ID, r.Text)
	}
	// Output:
	// ID-006 No device_id is sent for an event type whose published payload has none.
	// ID-007 An id that Amplitude never accepts, such as "anonymous", counts as absent.
	// ID-008 An event whose id is shorter than five characters is delivered.
}
