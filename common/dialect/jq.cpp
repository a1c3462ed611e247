#include "common/dialect/jq.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

extern "C" {
#include <jq.h>
}

namespace shopwire::dialect {
namespace {

struct StateDeleter {
    void operator()(jq_state* state) const { jq_teardown(&state); }
};
using StatePtr = std::unique_ptr<jq_state, StateDeleter>;

// Stand before every program, and hide what reaches outside of it.
constexpr std::string_view kSealed =
    "{} as $ENV | def env: {}; def input: error(\"input is not available\"); def inputs: empty; "
    "def debug: .; def debug(f): .; def stderr: .; def input_filename: null; def input_line_number: 0; "
    "def halt: error(\"halt is not available\"); def halt_error: halt; def halt_error($code): halt; "
    "def modulemeta: error(\"modules are not available\"); def get_search_list: []; "
    "def now: error(\"the time is not available\"); def localtime: now; def strflocaltime(f): now; ";

std::string text_of(jv text) {  // consumes
    std::string out(jv_string_value(text), static_cast<std::size_t>(jv_string_length_bytes(jv_copy(text))));
    jv_free(text);
    return out;
}

std::string dump(jv value) { return text_of(jv_dump_string(value, 0)); }  // consumes

constexpr std::size_t kMessageBytesMax = 200;

// "string (\"Petar\") cannot be parsed", "Invalid path expression with result {...": what is quoted may be anybody's,
// and may have been cut by jq.
std::string without_values(std::string message) {
    const std::size_t open = message.find(" (");
    const std::size_t close = message.rfind(')');
    if (open != std::string::npos && close != std::string::npos && close > open)
        message.replace(open, close - open + 1, " (...)");
    if (const std::size_t value = message.find_first_of("\"{["); value != std::string::npos)
        message.replace(value, std::string::npos, "...");
    std::replace(message.begin(), message.end(), '\n', ' ');
    if (message.size() <= kMessageBytesMax) return message;
    std::size_t end = kMessageBytesMax;
    while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xc0U) == 0x80U) --end;  // at a whole character
    message.resize(end);
    return message;
}

void keep_first(void* out, jv message) {
    auto& first = *static_cast<std::string*>(out);
    std::string text = jv_get_kind(message) == JV_KIND_STRING ? text_of(message) : dump(message);
    if (first.empty()) first = std::move(text);
}

// jq's "jq: error: WHAT at <top-level>, line 7, column 5:\n ..." with the lines counted as in the program alone.
std::string compile_message(std::string_view text, int lines_before) {
    constexpr std::string_view kPrefix = "jq: error: ";
    constexpr std::string_view kWhere = " at <top-level>, line ";
    if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
    const std::size_t where = text.find(kWhere);
    if (where == std::string_view::npos) return without_values(std::string(text.substr(0, text.find('\n'))));
    const std::string_view rest = text.substr(where + kWhere.size());
    int line = 0;
    std::size_t at = 0;
    for (; at < rest.size() && rest[at] >= '0' && rest[at] <= '9'; ++at) line = line * 10 + (rest[at] - '0');
    const std::string_view column = rest.substr(at, rest.find(':') - at);  // ", column 5"
    return "line " + std::to_string(std::max(1, line - lines_before)) + std::string(column) + ": " +
           std::string(text.substr(0, where));
}

}  // namespace

struct Program::State {
    std::string wrapped{};
    int lines_before = 0;
    std::size_t argument_count = 0;
    std::mutex mutex{};
    std::vector<StatePtr> idle{};

    Result<StatePtr> make() const {
        StatePtr made(jq_init());
        if (!made) return transient("running jq: out of memory");
        std::string problem;
        jq_set_error_cb(made.get(), keep_first, &problem);
        const bool good = jq_compile(made.get(), wrapped.c_str()) != 0;
        jq_set_error_cb(made.get(), [](void*, jv message) { jv_free(message); }, nullptr);
        if (!good) return rejected(compile_message(problem, lines_before));
        return made;
    }

    Result<StatePtr> take() {
        {
            const std::lock_guard lock(mutex);
            if (!idle.empty()) {
                StatePtr taken = std::move(idle.back());
                idle.pop_back();
                return taken;
            }
        }
        return make();
    }

    void give_back(StatePtr state) {
        jq_start(state.get(), jv_null(), 0);  // lets go of the last input
        const std::lock_guard lock(mutex);
        if (idle.size() < kIdleStatesMax) idle.push_back(std::move(state));
    }
};

namespace {

// What is compiled now, by its text.
template <class State>
class Known {
 public:
    std::shared_ptr<State> find(const std::string& text) {
        const std::lock_guard lock(mutex_);
        const auto found = states_.find(text);
        return found == states_.end() ? nullptr : found->second.lock();
    }
    void add(const std::shared_ptr<State>& state) {
        const std::lock_guard lock(mutex_);
        std::erase_if(states_, [](const auto& entry) { return entry.second.expired(); });
        states_[state->wrapped] = state;
    }

 private:
    std::mutex mutex_;
    std::unordered_map<std::string, std::weak_ptr<State>> states_{};
};

}  // namespace

Program::Program(std::shared_ptr<State> state) : state_(std::move(state)) {}
Program::~Program() = default;

Result<std::unique_ptr<Program>> Program::compile(std::string_view source, std::vector<std::string> names,
                                                  std::string_view functions, std::string_view then) {
    if (source.find('\0') != std::string_view::npos) return rejected("line 1, column 1: a NUL byte");
    static Known<State> known;
    const auto made = std::make_shared<State>();
    State& state = *made;
    for (std::size_t i = 0; i < names.size(); ++i)
        state.wrapped += ".[" + std::to_string(i + 1) + "] as $" + names[i] + " | ";
    state.wrapped += kSealed;
    state.wrapped += functions;
    state.wrapped += "\n.[0] | (\n";
    state.lines_before = static_cast<int>(std::count(state.wrapped.begin(), state.wrapped.end(), '\n'));
    state.wrapped += source;
    state.wrapped += "\n) ";
    state.wrapped += then;
    state.argument_count = names.size();
    if (std::shared_ptr<State> same = known.find(state.wrapped))
        return std::unique_ptr<Program>(new Program(std::move(same)));
    Result<StatePtr> first = state.make();
    if (!first) return std::unexpected(std::move(first.error()));
    state.idle.push_back(*std::move(first));
    known.add(made);
    return std::unique_ptr<Program>(new Program(made));
}

Result<std::vector<std::string>> Program::run(std::string_view input, std::span<const std::string> arguments) const {
    jv whole = jv_array();
    for (std::size_t i = 0; i <= state_->argument_count; ++i) {
        const std::string_view text = i == 0                  ? input
                                      : i <= arguments.size() ? std::string_view(arguments[i - 1])
                                                              : "null";
        jv value = jv_parse_sized(text.data(), static_cast<int>(text.size()));
        if (!jv_is_valid(value)) {
            jv_free(value);
            jv_free(whole);
            return rejected(i == 0 ? "input is not JSON" : "argument " + std::to_string(i) + " is not JSON");
        }
        whole = jv_array_append(whole, value);
    }
    Result<StatePtr> state = state_->take();
    if (!state) {
        jv_free(whole);
        return std::unexpected(std::move(state.error()));
    }
    jq_start(state->get(), whole, 0);
    std::vector<std::string> outputs;
    std::size_t bytes = 0;
    std::optional<std::string> problem;
    while (!problem) {
        jv value = jq_next(state->get());
        if (!jv_is_valid(value)) {
            if (jv_invalid_has_msg(jv_copy(value))) {
                jv message = jv_invalid_get_msg(value);
                problem = without_values(jv_get_kind(message) == JV_KIND_STRING ? text_of(message) : dump(message));
            } else {
                jv_free(value);
            }
            break;
        }
        outputs.push_back(dump(value));
        bytes += outputs.back().size();
        if (outputs.size() > kOutputsMax || bytes > kOutputBytesMax) problem = "gives more than is allowed";
    }
    state_->give_back(*std::move(state));
    if (problem) return rejected(*std::move(problem));
    return outputs;
}

Result<std::string> Program::run_one(std::string_view input, std::span<const std::string> arguments) const {
    Result<std::vector<std::string>> outputs = run(input, arguments);
    if (!outputs) return std::unexpected(std::move(outputs.error()));
    if (outputs->size() != 1) return rejected("expected one output, got " + std::to_string(outputs->size()));
    return std::move(outputs->front());
}

}  // namespace shopwire::dialect
