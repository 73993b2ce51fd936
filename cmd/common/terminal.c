#include <string.h>

#include "cmd/common/terminal.h"

FILE *
cmd_terminal(void)
{
	return fopen("/dev/tty", "r+e");
}

bool
cmd_terminal_line(FILE *tty, char *line, size_t size)
{
	char *end;

	(void)fflush(tty);
	if (fgets(line, (int)size, tty) != NULL &&
	    (end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		return true;
	}
	line[0] = '\0';
	return false;
}
