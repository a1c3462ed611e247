// What refusals and looks at Kafka say together, while clients of ours run.  A look makes a client of its own, so it
// may succeed where they are refused.  Pure but for its memory; one thread.
#pragma once

#include <optional>
#include <string>

#include "common/core/clock.h"

namespace shopwire::runtime {

class AccessJudge {
 public:
    struct Refusal {  // the last one
        std::string words{};
        std::string broker{};
        Clock::Monotonic at{};
        bool distrust = false;
        bool is_new = false;  // it came since the last look
    };
    struct Verdict {
        std::optional<std::string> missing{};  // for people; empty: nothing; nullopt: nobody knows now
        bool over = false;                     // no further look is needed before something is refused again
        bool outdated = false;                 // only a process that begins anew is trusted
    };

    // Nobody was refused for so long that it is over.
    static bool is_quiet(const Refusal& refusal, Clock::Monotonic now);
    Verdict judge(const Refusal& refusal, const Status& seen, Clock::Monotonic now);

 private:
    int unexplained_ = 0;                        // refused again though the look before had found nothing missing
    std::optional<Clock::Monotonic> well_since_{};  // that long every look has found nothing missing
};

}  // namespace shopwire::runtime
