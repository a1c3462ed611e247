// How far a reading has come: rows done, of how many, how fast, and how long it still takes.  One thread.
#pragma once

#include <cstdint>
#include <optional>

namespace shopwire::runtime {

struct PassProgress {
    std::int64_t began_at_ms = 0;  // 0: there was none yet
    bool under_way = false;        // else it is the last one
    std::int64_t done = 0;
    std::int64_t expected = 0;  // rows in all; 0: nobody knows
    bool about = false;         // the system does not tell: as many as the last whole reading had
    double per_second = 0;
    std::optional<std::int64_t> left_ms{};
};

class PassMeter {
 public:
    // `done`: of a reading that goes on after a restart.  `about`: rows of the last whole one, if this is one; else 0.
    void begin(std::int64_t now_ms, std::int64_t began_at_ms, std::int64_t done, std::int64_t about);
    // `left`: how many follow this page, where the system tells.
    void add_page(std::int64_t now_ms, std::int64_t rows, std::optional<std::int64_t> left);
    void end();
    std::int64_t done() const { return progress_.done; }
    PassProgress progress(std::int64_t now_ms) const;

 private:
    struct Mark {
        std::int64_t at_ms = 0;
        std::int64_t done = 0;
    };
    PassProgress progress_{};
    // The rate counts from the older mark on: it follows a remote that slows down, and does not jump with every page.
    Mark older_{};
    Mark newer_{};
};

}  // namespace shopwire::runtime
