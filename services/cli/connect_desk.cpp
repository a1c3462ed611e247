#include "services/cli/connect_desk.h"

#include <unistd.h>

#include "services/cli/connect_view.h"
#include "services/cli/files.h"

namespace shopwire::cli {
namespace {

constexpr mode_t kOwnerOnly = 0600;

// Both, or none.
Status store(const KeyFiles& files, const Grant& grant) {
    if (Status written = write_new(files.key, grant.key, kOwnerOnly); !written) return written;
    Status written = write_new(files.secret, grant.secret.reveal(), kOwnerOnly);
    if (!written) ::unlink(files.key.c_str());
    return written;
}

}  // namespace

http::ServerResponse Desk::answer(const http::ServerRequest& request) {
    if (request.method != "POST" || request.path != path_) return {.status = 404, .body = "{}"};
    const std::scoped_lock lock(mutex_);
    if (done_) return {.status = 409, .body = "{}"};
    const Result<Grant> grant = grant_in(request.body, state_);
    const Status kept = grant ? store(files_, *grant) : std::unexpected(grant.error());
    if (!kept) {
        last_problem_ = kept.error().message;
        return {.status = 400, .body = "{}"};
    }
    done_ = true;
    changed_.notify_all();
    return {.body = R"({"ok":true})"};
}

Status Desk::wait(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, limit, [this] { return done_; })) return {};
    done_ = true;
    return rejected("no key came" + (last_problem_.empty() ? std::string() : ": " + last_problem_));
}

}  // namespace shopwire::cli
