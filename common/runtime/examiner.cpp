#include "common/runtime/examiner.h"

#include <thread>
#include <utility>

namespace shopwire::runtime {
namespace {

using Grade = Finding::Grade;

constexpr std::string_view kAccess = "access";
// The admin port has few threads, and probes need one.
constexpr std::size_t kRunningMax = 2;

Finding access_of(const Status& probed) {
    if (probed) return {.check = kAccess, .what = "the key works"};
    const bool ours = probed.error().kind == ErrorKind::kAuth || probed.error().kind == ErrorKind::kRejected;
    return {.check = kAccess,
            .grade = Grade::kFault,
            .what = probed.error().with_words(),
            .remedy = ours ? "check key and settings of this connection" : "the system gives no answer: try again"};
}

}  // namespace

Examination examine(const Connector& connector, const ExamineRequest& request, std::stop_token stop) {
    Examination out;
    const Status probed = connector.probe ? connector.probe(stop) : Status{};
    if (connector.probe) out.findings.push_back(access_of(probed));
    if (probed && connector.describe) {
        const Result<std::vector<std::string>> lines = connector.describe(stop);
        if (lines)
            for (const std::string& line : *lines) out.findings.push_back({.check = "opens", .what = line});
        else
            out.findings.push_back({.check = "opens", .grade = Grade::kUnknown, .what = lines.error().with_words()});
    }
    if (connector.examine) {
        Examination own = connector.examine(request, stop);
        for (Finding& finding : own.findings) out.findings.push_back(std::move(finding));
        out.terms = std::move(own.terms);
    }
    if (stop.stop_requested())
        out.findings.push_back({.check = "time",
                                .grade = Grade::kUnknown,
                                .what = "it took too long and was cut off",
                                .remedy = "ask again when the system is less busy"});
    return out;
}

Status Examiner::alone(const std::string& id, Clock::Duration limit, const std::function<void(std::stop_token)>& work) {
    {
        const std::scoped_lock lock(mutex_);
        const bool full = running_.size() >= kRunningMax;
        if (full || stopping_.stop_requested() || !running_.insert(id).second)
            return std::unexpected(Error{.kind = ErrorKind::kRateLimited,
                                         .message = full ? "two others are being looked at: try again"
                                                         : "somebody is at work on " + id + " already"});
    }
    std::stop_source cut;
    const std::stop_callback with_us(stopping_.get_token(), [&cut] { cut.request_stop(); });
    {
        const std::jthread watch([this, &cut, limit](std::stop_token done) {
            if (clock_.sleep_for(limit, std::move(done))) cut.request_stop();
        });
        work(cut.get_token());
    }
    const std::scoped_lock lock(mutex_);
    running_.erase(id);
    return {};
}

Result<Examination> Examiner::run(const std::string& id, const Connector& connector, const ExamineRequest& request) {
    Examination out;
    const Status done =
        alone(id, kExamineMax, [&](std::stop_token stop) { out = examine(connector, request, std::move(stop)); });
    if (!done) return std::unexpected(done.error());
    return out;
}

}  // namespace shopwire::runtime
