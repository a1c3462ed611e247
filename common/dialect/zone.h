// The time zone of a remote that sends local times without an offset.
#pragma once

#include "common/calendar/zone.h"

namespace shopwire::dialect {

using calendar::is_time_format;
using calendar::Zone;

}  // namespace shopwire::dialect
