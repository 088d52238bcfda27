/* Decision trees over the rows of a CSV or LIBSVM body, in plain C99 for ctypes: no Python.h, no state, no globals that
 * change. Whoever calls owns every array; a function keeps nothing and may run in many threads at once.
 *
 * Results are those of XGBoost's CPU predictor bit for bit: float32 throughout, sums start at the base margin and add
 * the trees in order. So it must be compiled without contraction of multiply and add and without fast-math.
 *
 * The trees come from a file that somebody else wrote: lay() checks every index once, after which walking cannot leave
 * the arrays. Leaves are laid out as splits that lead every finite or missing value to themselves, so a walk is `depth`
 * equal steps without a branch, and several walks interleave. No reader of rows lets an infinite value in.
 */

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if FLT_EVAL_METHOD != 0
#error "float must be computed as float"
#endif

#ifndef ORMER_SOURCE
#define ORMER_SOURCE "unknown"
#endif

#define LANES 8
#define BLOCK_ROWS 64
#define DIGITS_MAX 19
#define EXPONENT_MAX 60
#define EXACT_POWERS 22

#define CANNOT (-1)

enum { FORMAT_CSV = 0, FORMAT_LIBSVM = 1, FORMAT_CELLS = 2 };
enum { IDENTITY = 0, SIGMOID = 1, EXPONENTIAL = 2, HINGE = 3, SOFTMAX = 4, SOFTPROB = 5, WIDE_EXPONENTIAL = 6 };
enum { BASE_AS_IT_IS = 0, BASE_LOGIT = 1, BASE_LOG = 2 };

typedef struct {
    float threshold;
    uint32_t feature; /* the top bit: a missing value goes right */
    int32_t child;    /* the left child; the right one follows it. A leaf's is the leaf itself. */
    float value;      /* of a leaf */
} ormer_node;

typedef struct {
    int32_t root;
    int32_t depth;
    int32_t group; /* which output it adds to */
} ormer_tree;

/* trees: tree_count of them, padded to a multiple of LANES with trees that are walked and never added. */
typedef struct {
    const ormer_node *nodes;
    const ormer_tree *trees;
    const float *base; /* the margin that each group starts with */
    int64_t tree_count;
    int64_t groups;
    int64_t columns;
    int32_t transform;
} ormer_model;

const char *ormer_source(void) { return ORMER_SOURCE; }

/* Lay one tree into out[first..first + count), breadth first, children side by side. queue: room for count numbers.
 * Returns how many nodes were laid; -1 for a child or a feature out of range, -2 for a cycle. */
int64_t ormer_trees_lay(const int32_t *left, const int32_t *right, const int32_t *feature, const float *threshold,
                        const uint8_t *default_left, int64_t count, int64_t columns, ormer_node *out, int64_t first,
                        int32_t *queue, int32_t *depth) {
    if (count < 1) return -1;
    int64_t laid = 1, level_end = 1;
    *depth = 0;
    queue[0] = 0;
    for (int64_t place = 0; place < laid; place++) {
        if (place == level_end) {
            ++*depth;
            level_end = laid;
        }
        int32_t node = queue[place];
        ormer_node *made = &out[first + place];
        if (left[node] == -1) {
            *made = (ormer_node){INFINITY, 0, (int32_t)(first + place), threshold[node]};
            continue;
        }
        if (left[node] <= 0 || right[node] <= 0 || left[node] >= count || right[node] >= count) return -1;
        if (feature[node] < 0 || feature[node] >= columns) return -1;
        if (laid + 2 > count) return -2;
        *made = (ormer_node){threshold[node], (uint32_t)feature[node] | (default_left[node] ? 0u : 0x80000000u),
                             (int32_t)(first + laid), 0.0f};
        queue[laid++] = left[node];
        queue[laid++] = right[node];
    }
    return laid;
}

/* The margin that a base_score stands for, as the objective's link has it. */
float ormer_trees_margin(int32_t kind, float base_score) {
    if (kind == BASE_LOGIT) return -logf(1.0f / base_score - 1.0f);
    if (kind == BASE_LOG) return logf(base_score);
    return base_score;
}

static inline int32_t step(const ormer_node *nodes, int32_t at, const float *row) {
    const ormer_node *node = &nodes[at];
    float x = row[node->feature & 0x7fffffffu];
    int32_t right = x == x ? !(x < node->threshold) : (int32_t)(node->feature >> 31);
    return node->child + right;
}

/* One row: eight trees at once, because a single walk waits for memory at every step. */
static void walk_row(const ormer_model *model, const float *row, float *sums) {
    for (int64_t first = 0; first < model->tree_count; first += LANES) {
        const ormer_tree *trees = &model->trees[first];
        int32_t at[LANES], depth = 0;
        for (int lane = 0; lane < LANES; lane++) {
            at[lane] = trees[lane].root;
            if (trees[lane].depth > depth) depth = trees[lane].depth;
        }
        for (int32_t level = 0; level < depth; level++)
            for (int lane = 0; lane < LANES; lane++) at[lane] = step(model->nodes, at[lane], row);
        int64_t real = model->tree_count - first < LANES ? model->tree_count - first : LANES;
        for (int64_t lane = 0; lane < real; lane++) sums[trees[lane].group] += model->nodes[at[lane]].value;
    }
}

/* A block of rows: one tree after the other, so that it stays in the cache; eight rows at once. */
static void walk_block(const ormer_model *model, const float *cells, int64_t rows, float *sums) {
    for (int64_t number = 0; number < model->tree_count; number++) {
        const ormer_tree *tree = &model->trees[number];
        for (int64_t first = 0; first < rows; first += LANES) {
            const float *row = &cells[first * model->columns];
            int32_t at[LANES];
            for (int lane = 0; lane < LANES; lane++) at[lane] = tree->root;
            for (int32_t level = 0; level < tree->depth; level++)
                for (int lane = 0; lane < LANES; lane++)
                    at[lane] = step(model->nodes, at[lane], &row[lane * model->columns]);
            for (int lane = 0; lane < LANES; lane++)
                sums[(first + lane) * model->groups + tree->group] += model->nodes[at[lane]].value;
        }
    }
}

static float sigmoid(float x) {
    float exponent = -x < 88.7f ? -x : 88.7f; /* as XGBoost keeps expf from overflowing */
    return 1.0f / (expf(exponent) + 1.0f + 1e-16f);
}

static float narrowed(double x) { return x > (double)FLT_MAX ? INFINITY : (float)x; }

static void soften(float *row, int64_t classes) {
    float most = row[0];
    for (int64_t one = 1; one < classes; one++) most = fmaxf(row[one], most);
    double total = 0.0;
    for (int64_t one = 0; one < classes; one++) {
        row[one] = expf(row[one] - most);
        total += row[one];
    }
    for (int64_t one = 0; one < classes; one++) row[one] /= (float)total;
}

static float largest(const float *row, int64_t classes) {
    int64_t best = 0;
    for (int64_t one = 1; one < classes; one++)
        if (row[one] > row[best]) best = one;
    return (float)best;
}

/* Margins, rows × groups, to predictions, rows × outputs; the margins are used up. */
void ormer_trees_transform(const ormer_model *model, float *sums, int64_t rows, float *out) {
    int64_t groups = model->groups, numbers = rows * groups;
    switch (model->transform) {
    case SIGMOID:
        for (int64_t one = 0; one < numbers; one++) out[one] = sigmoid(sums[one]);
        return;
    case EXPONENTIAL:
        for (int64_t one = 0; one < numbers; one++) out[one] = expf(sums[one]);
        return;
    case WIDE_EXPONENTIAL:
        for (int64_t one = 0; one < numbers; one++) out[one] = narrowed(exp((double)sums[one]));
        return;
    case HINGE:
        for (int64_t one = 0; one < numbers; one++) out[one] = sums[one] > 0.0f ? 1.0f : 0.0f;
        return;
    case SOFTMAX:
        for (int64_t row = 0; row < rows; row++) out[row] = largest(&sums[row * groups], groups);
        return;
    case SOFTPROB:
        for (int64_t row = 0; row < rows; row++) soften(&sums[row * groups], groups);
        /* fall through */
    default:
        for (int64_t one = 0; one < numbers; one++) out[one] = sums[one];
    }
}

static void evaluate(const ormer_model *model, const float *cells, int64_t rows, float *sums, float *out) {
    int64_t groups = model->groups;
    int64_t walked = rows < LANES ? rows : (rows + LANES - 1) / LANES * LANES;
    for (int64_t row = 0; row < walked; row++)
        for (int64_t group = 0; group < groups; group++)
            sums[row * groups + group] = model->base[group];
    if (rows < LANES)
        for (int64_t row = 0; row < rows; row++) walk_row(model, &cells[row * model->columns], &sums[row * groups]);
    else
        walk_block(model, cells, walked, sums);
    ormer_trees_transform(model, sums, rows, out);
}

/* ---- Text to numbers ------------------------------------------------------------------------------------------- */

static const double POWERS[EXACT_POWERS + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

typedef struct {
    const unsigned char *at;
    const unsigned char *end;
} text;

static inline int peek(const text *from) { return from->at < from->end ? *from->at : -1; }

static inline int is_digit(int c) { return c >= '0' && c <= '9'; }

static inline void skip_blanks(text *from) {
    while (from->at < from->end && (*from->at == ' ' || *from->at == '\t')) from->at++;
}

static int read_nan(text *from) {
    if (from->end - from->at < 3) return 0;
    if ((from->at[0] | 32) != 'n' || (from->at[1] | 32) != 'a' || (from->at[2] | 32) != 'n') return 0;
    from->at += 3;
    return 1;
}

static int read_exponent(text *from, int64_t *exponent) {
    from->at++;
    int c = peek(from), negative = c == '-';
    if (c == '-' || c == '+') c = (from->at++, peek(from));
    if (!is_digit(c)) return 0;
    int64_t value = 0;
    for (; is_digit(c); c = (from->at++, peek(from)))
        if (value < 100000) value = value * 10 + (c - '0');
    *exponent += negative ? -value : value;
    return 1;
}

/* digits × 10^exponent as float32, rounded to float64 first as Python's float() does. Where neither the product is
 * exact nor both ends of its error interval round to the same float32, it says that it cannot. */
static int scaled(uint64_t digits, int64_t exponent, int dropped, float *value) {
    if (exponent < -EXPONENT_MAX || exponent > EXPONENT_MAX) return 0;
    int exact = !dropped && digits <= (UINT64_C(1) << 53) && exponent >= -EXACT_POWERS && exponent <= EXACT_POWERS;
    double product = (double)digits;
    for (int64_t left = exponent; left > 0; left -= EXACT_POWERS)
        product *= POWERS[left < EXACT_POWERS ? left : EXACT_POWERS];
    for (int64_t left = -exponent; left > 0; left -= EXACT_POWERS)
        product /= POWERS[left < EXACT_POWERS ? left : EXACT_POWERS];
    if (!(product < (double)FLT_MAX)) return 0;
    if (exact) {
        *value = (float)product;
        return 1;
    }
    /* At most five roundings of 2^-53 each lie between this product and the correctly rounded one. */
    float low = (float)(product * (1.0 - 0x1p-49)), high = (float)(product * (1.0 + 0x1p-49));
    *value = low;
    return low == high;
}

/* A plain decimal number or nan; returns 0 for everything else, be it a number to Python or not. */
static int read_number(text *from, float *value) {
    int c = peek(from), negative = c == '-';
    if (c == '-' || c == '+') c = (from->at++, peek(from));
    uint64_t digits = 0;
    int64_t exponent = 0;
    int kept = 0, seen = 0, dropped = 0, point = 0;
    for (;; c = (from->at++, peek(from))) {
        if (c == '.' && !point) {
            point = 1;
            continue;
        }
        if (!is_digit(c)) break;
        seen = 1;
        if (kept < DIGITS_MAX) {
            digits = digits * 10 + (uint64_t)(c - '0');
            kept += digits != 0;
            exponent -= point;
        } else {
            dropped |= c != '0';
            exponent += !point;
        }
    }
    if (!seen) {
        *value = NAN;
        return !point && read_nan(from);
    }
    if ((c == 'e' || c == 'E') && !read_exponent(from, &exponent)) return 0;
    float size = 0.0f;
    if (digits != 0 && !scaled(digits, exponent, dropped, &size)) return 0;
    *value = negative ? -size : size;
    return 1;
}

/* Past "\n" or "\r\n"; 0 where the line does not end here. */
static int end_line(text *from) {
    if (peek(from) == '\r') from->at++;
    if (peek(from) != '\n') return 0;
    from->at++;
    return 1;
}

/* One line of `columns` cells; blank cells are missing values. */
static int read_csv_row(text *from, int64_t columns, float *row) {
    for (int64_t column = 0; column < columns; column++) {
        skip_blanks(from);
        int c = peek(from);
        if (c == ',' || c == '\n' || c == '\r' || c == -1)
            row[column] = NAN;
        else if (!read_number(from, &row[column]))
            return 0;
        skip_blanks(from);
        if (column + 1 < columns && (peek(from) != ',' || !from->at++)) return 0;
    }
    return peek(from) == -1 || end_line(from);
}

/* One line of `column:value` words, columns counted from 0; plain numbers between them are labels and passed over. */
static int read_libsvm_row(text *from, int64_t columns, float *row) {
    for (int64_t column = 0; column < columns; column++) row[column] = NAN;
    for (skip_blanks(from); peek(from) != -1 && peek(from) != '\n' && peek(from) != '\r'; skip_blanks(from)) {
        text start = *from;
        int64_t column = 0;
        int c = peek(from);
        for (; is_digit(c) && column < columns; c = (from->at++, peek(from))) column = column * 10 + (c - '0');
        float value;
        if (c == ':' && from->at > start.at) {
            from->at++;
            if (column >= columns || row[column] == row[column] || !read_number(from, &value)) return 0;
            if (value != value) return 0; /* a second value for this column could not be told any more */
            row[column] = value;
        } else {
            *from = start;
            if (!read_number(from, &value)) return 0;
        }
        c = peek(from);
        if (c != ' ' && c != '\t' && c != '\n' && c != '\r' && c != -1) return 0;
    }
    return peek(from) == -1 || end_line(from);
}

/* float32 cells as they lie in memory: the rows that a model is checked with. An infinite one would leave a leaf. */
static int read_cells(text *from, int64_t columns, float *row) {
    size_t bytes = (size_t)columns * sizeof(float);
    if ((size_t)(from->end - from->at) < bytes) return 0;
    memcpy(row, from->at, bytes);
    from->at += bytes;
    for (int64_t column = 0; column < columns; column++)
        if (isinf(row[column])) return 0;
    return 1;
}

static int is_space(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static text stripped(const char *body, int64_t length) {
    text from = {(const unsigned char *)body, (const unsigned char *)body + length};
    while (from.at < from.end && is_space(*from.at)) from.at++;
    while (from.at < from.end && is_space(from.end[-1])) from.end--;
    return from;
}

static int read_row(text *from, int32_t format, int64_t columns, float *row) {
    if (format == FORMAT_CSV) return read_csv_row(from, columns, row);
    if (format == FORMAT_LIBSVM) return read_libsvm_row(from, columns, row);
    return read_cells(from, columns, row);
}

/* The predictions of every row of a body, rows × outputs, into out, which has room for rows_max rows.
 * Returns the number of rows; -1 where the body is not plain enough to be sure (or memory is short). */
int64_t ormer_trees_answer(const ormer_model *model, int32_t format, const char *body, int64_t length, float *out,
                           int64_t rows_max) {
    int64_t columns = model->columns, groups = model->groups;
    int64_t outputs = model->transform == SOFTMAX ? 1 : groups;
    text from = {(const unsigned char *)body, (const unsigned char *)body + length};
    if (format != FORMAT_CELLS) from = stripped(body, length);
    if (from.at == from.end || columns < 1 || groups < 1) return CANNOT;
    int64_t block = rows_max < BLOCK_ROWS ? (rows_max + LANES - 1) / LANES * LANES : BLOCK_ROWS;
    float *cells = calloc((size_t)(block * (columns + groups)), sizeof(float));
    if (cells == NULL) return CANNOT;
    float *sums = cells + block * columns;
    int64_t rows = 0;
    while (rows >= 0 && from.at < from.end) {
        int64_t filled = 0;
        while (filled < BLOCK_ROWS && from.at < from.end) {
            if (rows + filled >= rows_max || !read_row(&from, format, columns, &cells[filled * columns])) {
                rows = CANNOT;
                break;
            }
            filled++;
        }
        if (rows == CANNOT) break;
        evaluate(model, cells, filled, sums, &out[rows * outputs]);
        rows += filled;
    }
    free(cells);
    return rows;
}
