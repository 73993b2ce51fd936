#include <time.h>

#include "lib/crypto/asn1_time.h"

bool
csg_asn1_time_set(ASN1_TIME *t, int64_t secs)
{
	char text[sizeof("YYYYMMDDhhmmssZ")];
	struct tm tm;

	return gmtime_r(&(time_t){ secs }, &tm) != NULL &&
	    strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm) != 0 &&
	    ASN1_TIME_set_string_X509(t, text) == 1;
}

bool
csg_asn1_time_get(const ASN1_TIME *t, int64_t *secs)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	*secs = timegm(&tm);
	return true;
}
