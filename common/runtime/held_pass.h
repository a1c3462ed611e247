// A list that a source can tell only once it was read as a whole, since its rows add up or are judged together: its
// pages come first, without a change, then slices of what came of them.  One thread at a time.
#pragma once

#include <string>
#include <utility>

#include "common/core/ids.h"
#include "common/runtime/connector.h"

namespace shopwire::runtime {

// Keeps a pass between the calls of Source::read, and names its cursors.
template <class Pass>
class HeldPass {
 public:
    // `step(pass)` is the next page; its cursor is set here.  The pass is blank at its start.  REQUIRES: a step that
    // fails leaves the pass as it was.
    template <class Step>
    Result<Page> read(const Cursor& from, const Step& step) {
        if (!from.text.empty() && from.text == answered_) return answer_;  // the answer got lost
        // A cursor of a pass that is not held starts it again: rows that come twice are harmless, gaps are not.
        if (from.text.empty() || from.text != next_) *this = {};
        // Of its own, or a cursor of another one would pass for its own.
        if (id_.empty()) id_ = uuid7(0);
        Result<Page> page = step(pass_);
        if (!page) return page;
        if (page->more) {
            next_ = id_ + " step " + std::to_string(++steps_);
            page->next.text = next_;
        } else {
            *this = {};
        }
        answered_ = from.text;
        answer_ = *page;
        return page;
    }

 private:
    Pass pass_{};
    std::string id_{};
    int steps_ = 0;
    std::string next_{};  // the cursor that it goes on from
    std::string answered_{};  // the one before it, and what it gave
    Page answer_{};
};

}  // namespace shopwire::runtime
