/* Lines of data capture: of many invocations at a time for ctypes, or of each as it comes by a pen, which Python calls.
 *
 * A line is a template: text that is the same in all lines, and control characters, which JSON has none of, where they
 * differ. Plain C99 and POSIX without Python.h, so that it compiles where Python's headers are not: what it needs of
 * CPython is declared below, all of it from the stable ABI. Every call holds the interpreter's lock.
 */

#define _POSIX_C_SOURCE 199309L

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

/* One line, for which there is room; the end of it. */
static unsigned char *line(unsigned char *at, const span *spans, int pieces, const span *parts, int64_t number) {
    for (int one = 0; one < pieces; one++) {
        memcpy(at, spans[one].text, (size_t)spans[one].length);
        at += spans[one].length;
        int mark = spans[one].mark;
        if (mark == ENDING) {
            *at++ = (unsigned char)HEX[number >> 4];
            *at++ = (unsigned char)HEX[number & 15];
        } else if (mark == NAMES) {
            memcpy(at, parts[NAMES - 1].text, (size_t)parts[NAMES - 1].length);
            at += parts[NAMES - 1].length;
        } else if (mark == ASKED || mark == ANSWERED) {
            at = escaped(at, parts[mark - 1].text, parts[mark - 1].length);
        }
    }
    return at;
}

/* The most that a line takes. */
static int64_t longest(int64_t template_length, int64_t parts_length) {
    return template_length + 2 + ESCAPED_MAX * parts_length;
}

/* The lines of invocations whose `width` parts each stand one behind the other, with BETWEEN in between.
 * Returns how many bytes were written to out, which has room for that many; CANNOT where there are other than `count`
 * invocations (a part has BETWEEN in it), more than two digits can tell apart, or lines that do not fit. */
int64_t ormer_capture_lines(const char *template, int64_t template_length, const char *parts, int64_t parts_length,
                            int64_t width, int64_t count, char *out, int64_t room) {
    span spans[SPANS_MAX], own[PARTS_MAX];
    int pieces = read_template((const unsigned char *)template, template_length, spans);
    if (pieces == CANNOT || width < 2 || width > PARTS_MAX || count < 1 || count > 256) return CANNOT;
    if (room < count * longest(template_length, 0) + ESCAPED_MAX * parts_length) return CANNOT;
    const unsigned char *from = (const unsigned char *)parts, *end = from + parts_length;
    unsigned char *at = (unsigned char *)out;
    own[NAMES - 1] = (span){from, 0, 0};
    for (int64_t number = 0; number < count; number++) {
        if (!read_parts(&from, end, width, own)) return CANNOT;
        at = line(at, spans, pieces, own, number);
    }
    return from == end + 1 ? at - (unsigned char *)out : CANNOT;
}

/* What is used of CPython: https://docs.python.org/3/c-api/stable.html */

typedef struct object object;
typedef object *(*fast_function)(object *, object *const *, intptr_t);
typedef struct {
    const char *name;
    fast_function function;
    int flags;
    const char *documentation;
} method;

#define METH_FASTCALL 0x0080

extern object *PyBool_FromLong(long);
extern int PyBytes_AsStringAndSize(object *, char **, intptr_t *);
extern object *PyCFunction_NewEx(method *, object *, object *);
extern object *PyCapsule_New(void *, const char *, void (*)(object *));
extern void *PyCapsule_GetPointer(object *, const char *);
extern void PyErr_Clear(void);
extern object *PyErr_NoMemory(void);
extern object *PyObject_GetAttr(object *, object *);
extern int PyUnicode_Compare(object *, object *);
extern object *PyUnicode_DecodeUTF8(const char *, intptr_t, const char *);
extern intptr_t PyUnicode_GetLength(object *);
extern object *PyUnicode_InternFromString(const char *);
extern void Py_DecRef(object *);

/* The pen: writes the lines of invocations that are alike, one below the other, while it is down.
 *
 * Route, variant and types are borrowed: whoever puts it down keeps them until it is lifted. since, until: calendar
 * seconds. */

#define LINES_MAX 256
#define LONG_BYTES (16 << 10)

typedef struct {
    object *route, *variant, *input_type, *output_type;
    double since, until;
    char *template;
    int64_t template_length;
    span spans[SPANS_MAX];
    int pieces;
    unsigned char *out;
    int64_t room, written, count;
    int down;
} pen;

static const char PEN[] = "ormer.pen";
static object *content_type_name, *body_name, *inference_id_name, *custom_attributes_name;

static void forget(object *capsule) {
    pen *own = PyCapsule_GetPointer(capsule, PEN);
    free(own->template);
    free(own);
}

/* Whether an attribute is this text. */
static int is_text(object *holder, object *name, object *wanted) {
    object *found = PyObject_GetAttr(holder, name);
    if (found == NULL) return 0;
    int same = found == wanted || PyUnicode_Compare(found, wanted) == 0;
    Py_DecRef(found);
    return same;
}

/* Whether an attribute is a text without characters. */
static int is_empty(object *holder, object *name) {
    object *found = PyObject_GetAttr(holder, name);
    if (found == NULL) return 0;
    int empty = PyUnicode_GetLength(found) == 0;
    Py_DecRef(found);
    return empty;
}

/* Whether bytes are UTF-8. */
static int is_utf8(const span *part) {
    for (int64_t at = 0; at < part->length; at++) {
        if (part->text[at] < 0x80) continue;
        object *text = PyUnicode_DecodeUTF8((const char *)part->text, part->length, NULL);
        if (text != NULL) Py_DecRef(text);
        return text != NULL;
    }
    return 1;
}

/* A bytes object's content; 0 where it is none or a long one. */
static int content(object *bytes, span *part) {
    char *text;
    intptr_t length;
    if (PyBytes_AsStringAndSize(bytes, &text, &length) != 0 || length > LONG_BYTES) return 0;
    *part = (span){(const unsigned char *)text, length, 0};
    return is_utf8(part);
}

/* Write the line of what was asked and answered, if that is text for which there is room. */
static int wrote(pen *own, object *body, object *output) {
    span parts[PARTS_MAX];
    struct timespec now;
    if (own->count == LINES_MAX || !content(body, &parts[0]) || !content(output, &parts[1])) return 0;
    parts[NAMES - 1] = (span){own->out, 0, 0};
    if (longest(own->template_length, parts[0].length + parts[1].length) > own->room - own->written) return 0;
    clock_gettime(CLOCK_REALTIME, &now);
    double moment = (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
    if (moment < own->since || moment >= own->until) return 0;
    unsigned char *start = own->out + own->written;
    own->written += line(start, own->spans, own->pieces, parts, own->count) - start;
    own->count++;
    return 1;
}

/* (route, variant, asked, output type, output) -> whether its line was written. */
static object *pen_write(object *self, object *const *given, intptr_t count) {
    pen *own = PyCapsule_GetPointer(self, PEN);
    int written = 0;
    if (own != NULL && own->down && count == 5 && given[0] == own->route && given[1] == own->variant &&
        (given[3] == own->output_type || PyUnicode_Compare(given[3], own->output_type) == 0) &&
        is_text(given[2], content_type_name, own->input_type) && is_empty(given[2], inference_id_name) &&
        is_empty(given[2], custom_attributes_name)) {
        object *body = PyObject_GetAttr(given[2], body_name);
        if (body != NULL) {
            written = wrote(own, body, given[4]);
            Py_DecRef(body);
        }
    }
    if (!written) PyErr_Clear();
    return PyBool_FromLong(written);
}

static method PEN_WRITE = {"write", pen_write, METH_FASTCALL, "Whether an invocation's line was written."};

/* A new pen's function; its __self__ is what the functions below take. */
object *ormer_pen(void) {
    content_type_name = PyUnicode_InternFromString("content_type");
    body_name = PyUnicode_InternFromString("body");
    inference_id_name = PyUnicode_InternFromString("inference_id");
    custom_attributes_name = PyUnicode_InternFromString("custom_attributes");
    pen *own = calloc(1, sizeof *own);
    if (own == NULL) return PyErr_NoMemory();
    object *capsule = PyCapsule_New(own, PEN, forget);
    if (capsule == NULL) {
        free(own);
        return NULL;
    }
    object *made = PyCFunction_NewEx(&PEN_WRITE, capsule, NULL);
    Py_DecRef(capsule);
    return made;
}

/* Put the pen down at `out`, for lines of the template; 0 where it cannot be. */
int ormer_pen_put(object *capsule, object *route, object *variant, object *input_type, object *output_type,
                  double since, double until, const char *template, int64_t template_length, char *out, int64_t room) {
    pen *own = PyCapsule_GetPointer(capsule, PEN);
    char *kept = malloc((size_t)template_length + 1);
    if (own == NULL || kept == NULL) {
        free(kept);
        return 0;
    }
    memcpy(kept, template, (size_t)template_length);
    free(own->template);
    *own = (pen){route, variant, input_type, output_type, since, until, kept, template_length};
    own->pieces = read_template((const unsigned char *)kept, template_length, own->spans);
    own->out = (unsigned char *)out;
    own->room = room;
    own->down = own->pieces != CANNOT;
    return own->down;
}

/* How many lines the pen has written since it was put down. */
int64_t ormer_pen_count(object *capsule) {
    pen *own = PyCapsule_GetPointer(capsule, PEN);
    return own->count;
}

/* Lift the pen; how many bytes it has written since it was put down. */
int64_t ormer_pen_lift(object *capsule) {
    pen *own = PyCapsule_GetPointer(capsule, PEN);
    own->down = 0;
    return own->written;
}
