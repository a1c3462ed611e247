// Our messages as JSON for people: decimals as text, times in UTC, enumerators as words.  What tells who a person is
// shows as "***" unless it is asked for.  Pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "common/events/codec.h"
#include "shopwire/internal/v1/state.pb.h"

namespace shopwire::cli {

enum class Personal : bool { kMasked, kShown };

nlohmann::ordered_json json_of(const google::protobuf::Message& message, Personal personal);

// "applied" of OUTCOME_APPLIED; the number of one that this program does not know.
std::string word_of(const google::protobuf::EnumDescriptor& type, int number);
template <class Enum>
std::string word_of(Enum value) {
    return word_of(*google::protobuf::GetEnumDescriptor<Enum>(), static_cast<int>(value));
}

// The message of proto/ with this full name; null: there is none.
const google::protobuf::Descriptor* message_type(std::string_view full_name);

std::string decimal_text(const events::v1::Decimal& value);

}  // namespace shopwire::cli
