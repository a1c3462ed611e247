// What other threads ask of the loop: it answers between two batches, when its stores hold what is committed.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace shopwire::router {

class Questions {
 public:
    using Question = std::function<void()>;

    // Any thread.  False: not answered in time, and it will not be.
    bool ask(Question question, std::chrono::milliseconds limit);

    void answer();  // the loop's thread

 private:
    struct Asked {
        Question question{};
        bool taken = false;
        bool answered = false;
    };
    std::mutex mutex_{};  // guards what follows
    std::condition_variable changed_{};
    std::vector<std::shared_ptr<Asked>> asked_{};
};

}  // namespace shopwire::router
