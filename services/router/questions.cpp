#include "services/router/questions.h"

#include <algorithm>
#include <utility>

namespace shopwire::router {

bool Questions::ask(Question question, std::chrono::milliseconds limit) {
    const auto asked = std::make_shared<Asked>(Asked{.question = std::move(question)});
    std::unique_lock lock(mutex_);
    asked_.push_back(asked);
    changed_.wait_for(lock, limit, [&] { return asked->taken; });
    if (!asked->taken) {
        std::erase(asked_, asked);
        return false;
    }
    // It uses what is the caller's, so there is no leaving it alone.
    changed_.wait(lock, [&] { return asked->answered; });
    return true;
}

void Questions::answer() {
    std::vector<std::shared_ptr<Asked>> taken;
    {
        const std::scoped_lock lock(mutex_);
        taken = std::exchange(asked_, {});
        for (const auto& asked : taken) asked->taken = true;
    }
    if (taken.empty()) return;
    for (const auto& asked : taken) asked->question();
    const std::scoped_lock lock(mutex_);
    for (const auto& asked : taken) asked->answered = true;
    changed_.notify_all();
}

}  // namespace shopwire::router
