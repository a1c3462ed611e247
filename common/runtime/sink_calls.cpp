// What workers do: one call to a connector, with the deadline of its journal entry checked right before it.
#include <exception>

#include "common/log/log.h"
#include "common/runtime/crash_point.h"
#include "common/runtime/sink_loop.h"

namespace shopwire::runtime {

void configure_sink(SinkCore& core, const LiveConnection& connection) {
    if (connection.connector.sink)
        core.configure(connection.id, connection.concurrency);
    else
        core.unconfigure(connection.id);
}

void SinkLoop::dispatch(std::vector<SinkCore::Call> calls) {
    const std::uint64_t tenure = tenure_.load();
    for (SinkCore::Call& call : calls) {
        pool_->submit([this, tenure, call = std::move(call)](std::stop_token stop) {
            SinkCore::Completion completion = execute(call, tenure, stop);
            {
                const std::scoped_lock lock(mutex_);
                completions_.push_back(std::move(completion));
            }
            wake();
        });
    }
}

SinkCore::Completion SinkLoop::execute(const SinkCore::Call& call, std::uint64_t tenure, std::stop_token stop) {
    SinkCore::Completion completion{.id = call.id};
    const ConnectionPtr connection = connections_.find(call.connection);
    if (!connection || !connection->connector.sink || stop.stop_requested()) {
        completion.not_sent = true;
        return completion;
    }
    Sink& sink = *connection->connector.sink;
    crash_point("sink.before_remote_call");
    // The clock counts suspension: a process that slept may have lost the slot without knowing.
    if (tenure_.load() != tenure || clock_.monotonic() > call.send_before) {
        completion.not_sent = true;
        return completion;
    }
    const http::WriteWindow window(call.leave_before);
    try {
        if (call.lookup) {
            completion.answers.push_back(sink.find(call.commands.front(), stop));
        } else {
            for (Result<Applied>& answer : sink.apply(call.commands, stop)) {
                if (answer)
                    completion.answers.emplace_back(std::optional<Applied>(*std::move(answer)));
                else
                    completion.answers.emplace_back(std::unexpected(std::move(answer).error()));
            }
        }
    } catch (const std::exception& bug) {
        log::error("a connector threw", {{"connection", call.connection}, {"what", bug.what()}});
        completion.answers.assign(call.commands.size(), ambiguous("applying a command: the connector threw"));
    }
    crash_point("sink.after_remote_call");
    return completion;
}

}  // namespace shopwire::runtime
