// What the two wire shapes share around their handlers: the visit (who asks for what, on which database) and the answer
// before it is written as text. Wire names do not occur here.
#pragma once

#include "tests/sandbox/erp/world.h"
#include "tests/sandbox/kit/faults.h"
#include "tests/sandbox/kit/http_message.h"
#include "tests/sandbox/kit/router.h"

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace sandbox::erp {

using Json = nlohmann::ordered_json;

struct Visit {
    const kit::Request& request;
    const kit::PathValues& values;
    const AccessKey* key = nullptr;
    Database* database = nullptr;
    Microseconds now = 0;
    bool repeat_page = false;  // fault: the page before the asked one is served again

    std::string query(std::string_view name) const {
        const std::string* value = request.query_value(name);
        return value == nullptr ? std::string{} : *value;
    }
};

// A positive id in a path, 0 when it is none.
int id_of(std::string_view digits);

// Channel "answer" of the fault engine: faults of the JSON itself, which the server under it cannot know.
//   failed_envelope       HTTP 200 with a failed envelope, nothing applied; the fault's "body" is the error code
//   applied_then_failed   the same, but the write was applied
//   empty_page, repeat_page, null_list        lists only
//   number_as_string, unknown_fields, bom
kit::Fault answer_fault(kit::FaultEngine& faults, const kit::Request& request);

// Changes a good answer as the fault says. `list` is the JSON pointer of the rows; `decimal_comma` tells how numbers
// look as strings.
void spoil_answer(Json& body, const std::string& fault, const std::string& list, bool decimal_comma);
std::string text_of(const Json& body, const std::string& fault);

}  // namespace sandbox::erp
