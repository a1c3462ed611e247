// Small things that the files of the sink share.  Private to this room.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "common/runtime/connector.h"

namespace shopwire::sors {

inline constexpr std::string_view kOpen = "open";
inline constexpr std::string_view kCancelled = "cancelled";
inline constexpr std::string_view kExportIsOff = "exporting orders is switched off for this connection";

inline constexpr std::string_view kNoCreditNote = "SORS takes no credit note here: make it by hand";
inline constexpr std::string_view kOtherDatabase = "BASE_DOCUMENT_IN_OTHER_DATABASE: take it back by hand";

inline constexpr std::string_view kGoodsStayOut =
    "the money was paid back and its goods did not come back, do it by hand in SORS";

inline std::string making(const std::string& external_number) { return "making document " + external_number; }

// A native id is valid only together with its database (contract sors 2.7).
inline std::string native_id(const std::string& database, const std::string& id) { return database + "/" + id; }

inline std::pair<std::string, std::string> split_native_id(const std::string& text) {
    const std::size_t slash = text.rfind('/');
    if (slash == std::string::npos) return {{}, text};
    return {text.substr(0, slash), text.substr(slash + 1)};
}

inline runtime::Applied unchanged(std::string id, std::string why = {}) {
    runtime::Applied applied;
    applied.result.set_outcome(commands::v1::OUTCOME_UNCHANGED);
    applied.result.set_native_id(std::move(id));
    applied.result.set_error(std::move(why));
    return applied;
}

inline void add_remark(runtime::Applied& applied, const std::string& remark) {
    if (remark.empty()) return;
    const std::string& before = applied.result.error();
    applied.result.set_error(before.empty() ? remark : before + "; " + remark);
}

}  // namespace shopwire::sors
