#include <time.h>

#include "cmd/common/clock.h"
#include "cmd/common/cmd.h"
#include "lib/base/time.h"

int64_t
cmd_now(void)
{
	return (int64_t)time(NULL);
}

int64_t
cmd_until(const char *s, int64_t now)
{
	struct csg_err err = { 0 };
	int64_t t;

	if (csg_duration_parse(s, &t, &err) == CSG_OK)
		return now + t;
	if (csg_time_parse(s, &t, &err) != CSG_OK)
		cmd_usage(
		    "'%s' is neither a time (2026-11-23T10:00:00Z) nor a duration (3d, 12h)",
		    s);
	return t;
}
