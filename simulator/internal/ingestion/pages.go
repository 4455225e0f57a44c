package ingestion

// Pages and texts of answers that are not JSON.
const (
	// tooLargePage is what a front proxy answers in place of the API.
	tooLargePage = "<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>\r\n" +
		"<center><h1>413 Request Entity Too Large</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
	// badRequestPage is the same for a request that it cannot make sense of.
	badRequestPage = "<html>\r\n<head><title>400 Bad Request</title></head>\r\n<body>\r\n" +
		"<center><h1>400 Bad Request</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
	// tooLongPage is the same for a query that is too long.
	tooLongPage = "<html>\r\n<head><title>414 Request-URI Too Large</title></head>\r\n</html>\r\n"

	// Texts of the endpoints that take forms.
	missingEvent  = "missing_event"
	invalidAPIKey = "invalid_api_key"
)
