package benchmark

import (
	"fmt"
	"testing"
)

func BenchmarkProbe(b *testing.B) {
	url := server(b)
	ours, body := generator(b, url)
	for b.Loop() {
		for _, rate := range []float64{20000, 24000, 28000, 36000, 44000, 48000, 53000, 58000, 64000} {
			for range 2 {
				r := ours(b, rate, 1)
				fmt.Printf("ours   %6.0f share %.4f late %v\n", rate, r.answered/rate, r.late)
			}
			if rate < 36000 {
				for range 2 {
					r := theirs(url, body, rate)
					fmt.Printf("vegeta %6.0f share %.4f late %v\n", rate, r.answered/rate, r.late)
				}
			}
		}
	}
}
