package amplitude

// Paths of the ingestion endpoints. The first two take JSON uploads of events, the
// others forms that change properties and are no events.
const (
	PathHTTPAPI       = "/2/httpapi"
	PathBatch         = "/batch"
	PathIdentify      = "/identify"
	PathGroupIdentify = "/groupidentify"
)

// Published limits of the ingestion endpoints
// (HTTP V2 API and Batch Event Upload API pages of the Amplitude documentation).
const (
	// MaxHTTPAPIBytes is the largest body of /2/httpapi. The page says 1 MB and
	// not which megabyte; 2^20 is our interpretation.
	MaxHTTPAPIBytes = 1 << 20
	// MaxBatchBytes is the largest body of /batch, 20 MB.
	MaxBatchBytes = 20 << 20
	// MaxEvents is the largest number of events in one request of either endpoint.
	MaxEvents = 2000
	// MaxGroupIdentifies is the largest number of group identifies in a request,
	// MaxGroupProperties that of properties in all of them
	// (Group Identify API page).
	MaxGroupIdentifies = 1024
	MaxGroupProperties = 1024
	// EventsPerSecond is the rate per device and per user on /2/httpapi,
	// averaged over WindowSeconds.
	EventsPerSecond = 30
	// BatchEventsPerSecond is the same for /batch.
	BatchEventsPerSecond = 1000
	// WindowSeconds is the length of the window the rates are averaged over.
	WindowSeconds = 30
	// DailyQuota is the number of events per device and per user in a rolling day.
	DailyQuota = 500_000
	// MinIDLength is the shortest accepted user_id or device_id, in characters,
	// unless options.min_id_length says otherwise.
	MinIDLength = 5
	// StarterRequestsPerSecond and StarterEventsPerSecond are the limits of a whole
	// project on the Starter plan.
	StarterRequestsPerSecond = 100
	StarterEventsPerSecond   = 1000
	// MaxStringLength is the number of characters a string value is cut to.
	MaxStringLength = 1024
)
