/* Lines of data capture, in plain C99 for ctypes: no Python.h, no state, nothing allocated.
 *
 * A line is a template: text that is the same in all lines, and control characters, which JSON has none of, where they
 * differ. What was asked and answered is UTF-8 text; whoever calls has seen to that.
 */

#include <stdint.h>
#include <string.h>

#ifndef ORMER_SOURCE
#define ORMER_SOURCE "unknown"
#endif

#define CANNOT (-1)
#define BETWEEN 0x1e
#define PARTS_MAX 3
#define SPANS_MAX 8
/* The longest that one byte of text becomes: \u001f */
#define ESCAPED_MAX 6

/* ASKED, ANSWERED, NAMES: the part of this number; the first two become JSON, the third one is. ENDING: two digits. */
enum { ASKED = 1, ANSWERED = 2, NAMES = 3, ENDING = 4, MARKS = 5 };

typedef struct {
    const unsigned char *text;
    int64_t length;
    int mark; /* what follows the text; 0 at the end of the line */
} span;

const char *ormer_source(void) { return ORMER_SOURCE; }

static const char HEX[] = "0123456789abcdef";

/* What stands behind the backslash; 'u' for what only a number can say; 0 for what stands for itself. */
static const char ESCAPES[256] = {
    ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\', [0x00] = 'u',
    [0x01] = 'u', [0x02] = 'u', [0x03] = 'u', [0x04] = 'u', [0x05] = 'u', [0x06] = 'u', [0x07] = 'u', [0x0b] = 'u',
    [0x0e] = 'u', [0x0f] = 'u', [0x10] = 'u', [0x11] = 'u', [0x12] = 'u', [0x13] = 'u', [0x14] = 'u', [0x15] = 'u',
    [0x16] = 'u', [0x17] = 'u', [0x18] = 'u', [0x19] = 'u', [0x1a] = 'u', [0x1b] = 'u', [0x1c] = 'u', [0x1d] = 'u',
    [0x1e] = 'u', [0x1f] = 'u',
};

static unsigned char *escaped(unsigned char *out, const unsigned char *text, int64_t length) {
    for (int64_t at = 0; at < length; at++) {
        unsigned char c = text[at];
        char escape = ESCAPES[c];
        if (!escape) {
            *out++ = c;
            continue;
        }
        *out++ = '\\';
        *out++ = (unsigned char)escape;
        if (escape == 'u') {
            *out++ = '0';
            *out++ = '0';
            *out++ = (unsigned char)HEX[c >> 4];
            *out++ = (unsigned char)HEX[c & 15];
        }
    }
    return out;
}

/* The template in pieces; how many there are, or CANNOT. */
static int read_template(const unsigned char *text, int64_t length, span *spans) {
    int count = 0;
    int64_t start = 0;
    for (int64_t at = 0; at <= length; at++) {
        int mark = at < length ? text[at] : 0;
        if (at < length && mark >= MARKS) continue;
        if (count == SPANS_MAX || (at < length && mark == 0)) return CANNOT;
        spans[count++] = (span){text + start, at - start, mark};
        start = at + 1;
    }
    return count;
}

/* The next parts of an invocation, and past the mark behind them; 0 where there are not as many. */
static int read_parts(const unsigned char **from, const unsigned char *end, int64_t width, span *parts) {
    for (int64_t number = 0; number < width; number++) {
        if (*from > end) return 0;
        const unsigned char *until = memchr(*from, BETWEEN, (size_t)(end - *from));
        if (until == NULL) until = end;
        parts[number] = (span){*from, until - *from, 0};
        *from = until + 1;
    }
    return 1;
}

/* The lines of invocations whose `width` parts each stand one behind the other, with BETWEEN in between.
 * Returns how many bytes were written to out, which has room for that many; CANNOT where there are other than `count`
 * invocations (a part has BETWEEN in it), more than two digits can tell apart, or lines that do not fit. */
int64_t ormer_capture_lines(const char *template, int64_t template_length, const char *parts, int64_t parts_length,
                            int64_t width, int64_t count, char *out, int64_t room) {
    span spans[SPANS_MAX], own[PARTS_MAX];
    int pieces = read_template((const unsigned char *)template, template_length, spans);
    if (pieces == CANNOT || width < 2 || width > PARTS_MAX || count < 1 || count > 256) return CANNOT;
    if (room < count * (template_length + 2) + ESCAPED_MAX * parts_length) return CANNOT;
    const unsigned char *from = (const unsigned char *)parts, *end = from + parts_length;
    unsigned char *at = (unsigned char *)out;
    for (int64_t number = 0; number < count; number++) {
        if (!read_parts(&from, end, width, own)) return CANNOT;
        for (int one = 0; one < pieces; one++) {
            memcpy(at, spans[one].text, (size_t)spans[one].length);
            at += spans[one].length;
            int mark = spans[one].mark;
            if (mark == ENDING) {
                *at++ = (unsigned char)HEX[number >> 4];
                *at++ = (unsigned char)HEX[number & 15];
            } else if (mark == NAMES && width == PARTS_MAX) {
                memcpy(at, own[NAMES - 1].text, (size_t)own[NAMES - 1].length);
                at += own[NAMES - 1].length;
            } else if (mark == ASKED || mark == ANSWERED) {
                at = escaped(at, own[mark - 1].text, own[mark - 1].length);
            }
        }
    }
    return from == end + 1 ? at - (unsigned char *)out : CANNOT;
}
