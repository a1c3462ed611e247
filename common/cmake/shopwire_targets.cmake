# The only ways to make a target here.  Each notes its DEPS, which are also what its files may include: tests/tidy compares them.
include(GoogleTest)

# All programs but those of the tests that tests/run.sh runs with AddressSanitizer alone, where it is not asked for more.
add_custom_target(shopwire_unsanitized)
set(shopwire_sanitized_areas common router)

# Our own code gets these; generated code and third parties do not.
add_library(shopwire_flags INTERFACE)
target_compile_features(shopwire_flags INTERFACE cxx_std_23)
target_include_directories(shopwire_flags INTERFACE ${PROJECT_SOURCE_DIR})
# GCC 12 warns of std::string's own short buffer when it optimizes a + (its bug 105651); the sanitizers find real ones.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    set(shopwire_no_wrong_warnings -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-restrict)
endif()
target_compile_options(
    shopwire_flags
    INTERFACE
        -Wall
        -Wextra
        -Wconversion
        -Wsign-conversion
        -Wshadow
        -Wimplicit-fallthrough
        $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast>
        $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
        $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>
        "$<$<NOT:$<CONFIG:Debug>>:${shopwire_no_wrong_warnings}>"
        $<$<BOOL:${SHOPWIRE_WERROR}>:-Werror>
)
# An index past the end of a vector stops a debug build.
target_compile_definitions(shopwire_flags INTERFACE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)

# Generated code takes part in sanitizing, else a bug shows only on one side of a call.
add_library(shopwire_sanitize INTERFACE)
if(SHOPWIRE_SANITIZE)
    target_compile_options(shopwire_sanitize INTERFACE -fsanitize=${SHOPWIRE_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(shopwire_sanitize INTERFACE -fsanitize=${SHOPWIRE_SANITIZE})
    if(SHOPWIRE_SANITIZE STREQUAL "thread") # its preset optimizes
        # Protobuf's headers add a member to each message where they see this macro, and the library that they come with was built without.
        target_compile_options(shopwire_sanitize INTERFACE ${shopwire_no_wrong_warnings} -U__SANITIZE_THREAD__)
    endif()
endif()
target_link_libraries(shopwire_flags INTERFACE shopwire_sanitize)

# What ships is hard to exploit: tests/deploy/hardening.py looks for all of it in the programs.  Not with sanitizers, which find more and want
# the memory laid out their way, nor in debug builds, since _FORTIFY_SOURCE needs an optimizer.
add_library(shopwire_hardened INTERFACE)
if(NOT SHOPWIRE_SANITIZE)
    set(shopwire_branches -fcf-protection=full)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
        set(shopwire_branches -mbranch-protection=standard)
    endif()
    target_compile_options(
        shopwire_hardened
        INTERFACE
            "$<$<NOT:$<CONFIG:Debug>>:-fPIE;-fstack-protector-strong;-fstack-clash-protection;${shopwire_branches};-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>"
    )
    target_link_options(
        shopwire_hardened
        INTERFACE "$<$<NOT:$<CONFIG:Debug>>:-pie;LINKER:-z,relro,-z,now,-z,noexecstack>"
    )
endif()
target_link_libraries(shopwire_sanitize INTERFACE shopwire_hardened)

set(shopwire_standard_headers
    algorithm
    array
    atomic
    chrono
    condition_variable
    cstdint
    deque
    expected
    functional
    map
    memory
    mutex
    optional
    set
    span
    stop_token
    string
    string_view
    thread
    unordered_map
    utility
    vector
)

# Notes one line "<folder> <target>: <deps>" for the layer check.
function(shopwire_note_layer target)
    file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
    string(JOIN " " deps ${ARGN})
    set_property(GLOBAL APPEND PROPERTY shopwire_layers "${folder} ${target}: ${deps}")
endfunction()

# Called once, at the end of the root file.
function(shopwire_write_layers)
    get_property(layers GLOBAL PROPERTY shopwire_layers)
    string(JOIN "\n" text ${layers})
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/layers.txt CONTENT "${text}\n" @ONLY)
endfunction()

# A room named in DEPS is linked; shopwire::proto is the room "proto".
function(shopwire_link target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPS;LIBS")
    list(TRANSFORM arg_DEPS PREPEND shopwire:: OUTPUT_VARIABLE rooms)
    target_link_libraries(${target} PUBLIC ${rooms} PRIVATE ${arg_LIBS} shopwire_flags)
    target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
    target_link_libraries(${target} PUBLIC shopwire_sanitize)
    shopwire_note_layer(${target} ${arg_DEPS})
endfunction()

# shopwire_add_library(NAME room SOURCES file... [DEPS room...] [LIBS target...] [NO_PCH])
#
# The library shopwire_<room>, known to others as shopwire::<room>.  DEPS are other rooms, LIBS third parties (shopwire::dep_*) that stay inside
# this room's .cpp files.  A room of headers alone names no SOURCES.  NO_PCH: it has compile flags or precompiled headers of its own.
function(shopwire_add_library)
    cmake_parse_arguments(PARSE_ARGV 0 arg "NO_PCH" "NAME" "SOURCES;DEPS;LIBS")
    set(target shopwire_${arg_NAME})
    if(arg_SOURCES)
        add_library(${target} STATIC ${arg_SOURCES})
        shopwire_link(${target} DEPS ${arg_DEPS} LIBS ${arg_LIBS})
        if(NOT arg_NO_PCH)
            shopwire_share_pch(${target} DEPS ${arg_DEPS})
        endif()
    else()
        add_library(${target} INTERFACE)
        list(TRANSFORM arg_DEPS PREPEND shopwire:: OUTPUT_VARIABLE rooms)
        target_link_libraries(${target} INTERFACE ${rooms} ${arg_LIBS})
        target_include_directories(${target} INTERFACE ${PROJECT_SOURCE_DIR})
        shopwire_note_layer(${target} ${arg_DEPS})
    endif()
    add_library(shopwire::${arg_NAME} ALIAS ${target})
endfunction()

# shopwire_add_service(NAME service SOURCES file... MAIN main.cpp [DIALECTS name...] [DEPS room...] [LIBS target...])
#
# The library shopwire_<service>, which tests link, and the program bin/shopwire-<service>.  PROGRAM gives the program another name.  DIALECTS
# are files dialects/<name>.yaml whose text becomes part of it: the room's built_in_dialects(), declared in its config.h.  One with a connector.cpp
# is a connector, which the conformance kit must know (tests/contract/conformance).
function(shopwire_add_service)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;MAIN;PROGRAM" "SOURCES;DIALECTS;DEPS;LIBS")
    if("connector.cpp" IN_LIST arg_SOURCES)
        set_property(GLOBAL APPEND PROPERTY shopwire_connectors ${arg_NAME})
    endif()
    if(arg_DIALECTS)
        set(dialect_entries "")
        foreach(dialect IN LISTS arg_DIALECTS)
            set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS dialects/${dialect}.yaml)
            file(READ dialects/${dialect}.yaml text)
            string(APPEND dialect_entries "        {\"${dialect}\", R\"yaml(${text})yaml\"},\n")
        endforeach()
        configure_file(${PROJECT_SOURCE_DIR}/common/dialect/built_in_dialects.cpp.in built_in_dialects.cpp @ONLY)
        list(APPEND arg_SOURCES ${CMAKE_CURRENT_BINARY_DIR}/built_in_dialects.cpp)
    endif()
    shopwire_add_library(NAME ${arg_NAME} SOURCES ${arg_SOURCES} DEPS ${arg_DEPS} LIBS ${arg_LIBS})
    if(NOT arg_PROGRAM)
        set(arg_PROGRAM shopwire-${arg_NAME})
    endif()
    add_executable(shopwire_${arg_NAME}_main ${arg_MAIN})
    target_link_libraries(shopwire_${arg_NAME}_main PRIVATE shopwire::${arg_NAME} ${arg_LIBS} shopwire_flags)
    set_target_properties(shopwire_${arg_NAME}_main PROPERTIES OUTPUT_NAME ${arg_PROGRAM})
    add_dependencies(shopwire_unsanitized shopwire_${arg_NAME}_main)
endfunction()

# shopwire_add_program(NAME program SOURCES file... [DEPS room...] [LIBS target...]): a plain program in bin/, for tests and benchmarks.
function(shopwire_add_program)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;DEPS;LIBS")
    add_executable(${arg_NAME} ${arg_SOURCES})
    shopwire_link(${arg_NAME} DEPS ${arg_DEPS} LIBS ${arg_LIBS})
    add_dependencies(shopwire_unsanitized ${arg_NAME})
endfunction()

# Four files of a test are compiled as one: half of their time goes into templates that each would make again.  The
# includes are relative to the source folder, so that ccache knows the text in every checkout.
option(SHOPWIRE_JOIN_TESTS "Compile the files of tests four at a time" ON)

# Sets `out` to the sources that a test is compiled from: those of ARGN joined, but for what lies in a build folder.
function(shopwire_join_sources name out)
    set(joined "")
    set(batch "")
    set(number 0)
    foreach(source IN LISTS ARGN)
        cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE path)
        cmake_path(IS_PREFIX PROJECT_BINARY_DIR ${path} NORMALIZE generated)
        if(generated OR NOT SHOPWIRE_JOIN_TESTS)
            list(APPEND joined ${source})
            continue()
        endif()
        cmake_path(RELATIVE_PATH path BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
        string(APPEND batch "#include \"${path}\"\n")
        math(EXPR number "${number} + 1")
        math(EXPR place "${number} % 4")
        if(place EQUAL 0)
            shopwire_write_joined(${name} ${number} "${batch}")
            set(batch "")
        endif()
    endforeach()
    if(batch)
        shopwire_write_joined(${name} ${number} "${batch}")
    endif()
    set(${out} ${joined} PARENT_SCOPE)
endfunction()

macro(shopwire_write_joined name number text)
    file(CONFIGURE OUTPUT ${name}_${number}.cpp CONTENT "${text}" @ONLY)
    list(APPEND joined ${CMAKE_CURRENT_BINARY_DIR}/${name}_${number}.cpp)
endmacro()

# shopwire_add_test(NAME test SOURCES file... [APART file...] [DEPS room...] [LIBS target...] [LABELS label...] [TIMEOUT seconds] [RESOURCE lock])
#
# A GoogleTest program.  Its tests are listed when ctest runs, so that a broken program fails a test instead of the build.
# Each is labelled with its area (the folder below tests/unit, as common or router; else the folder below tests), and the target
# shopwire_tests_<area> builds all of an area.  TIMEOUT bounds one test; RESOURCE names something that only one test at a time may use.  APART are sources that are not
# joined with others, since they have definitions of their own, or names that others have too.
function(shopwire_add_test)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;TIMEOUT;RESOURCE" "SOURCES;APART;DEPS;LIBS;LABELS")
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    if(SHOPWIRE_SANITIZE)
        math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 4")
    endif()
    shopwire_join_sources(${arg_NAME} sources ${arg_SOURCES})
    add_executable(${arg_NAME} ${sources} ${arg_APART})
    shopwire_link(${arg_NAME} DEPS ${arg_DEPS} LIBS ${arg_LIBS} shopwire::dep_gtest_main)
    shopwire_share_pch(${arg_NAME} TEST DEPS ${arg_DEPS})

    file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR}/tests ${CMAKE_CURRENT_SOURCE_DIR})
    string(REGEX REPLACE "^unit/(services/)?" "" area ${folder})
    string(REGEX REPLACE "/.*" "" area ${area})
    if(NOT TARGET shopwire_tests_${area})
        add_custom_target(shopwire_tests_${area})
    endif()
    add_dependencies(shopwire_tests_${area} ${arg_NAME})
    if(NOT area IN_LIST shopwire_sanitized_areas)
        add_dependencies(shopwire_unsanitized ${arg_NAME})
    endif()

    # Joined into one, since a list of labels does not survive gtest_discover_tests; `ctest -L kafka` finds a word inside.
    string(JOIN " " labels ${area} ${arg_LABELS})
    set(properties TIMEOUT ${arg_TIMEOUT} LABELS "${labels}")
    if(arg_RESOURCE)
        list(APPEND properties RESOURCE_LOCK ${arg_RESOURCE})
    endif()
    if(SHOPWIRE_SANITIZE STREQUAL "thread")
        list(APPEND properties ENVIRONMENT "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/tsan.supp")
    endif()
    gtest_discover_tests(
        ${arg_NAME}
        DISCOVERY_MODE PRE_TEST
        DISCOVERY_TIMEOUT 60
        WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
        PROPERTIES ${properties}
    )
endfunction()

# Headers are most of what a file costs: the messages 3 s, gtest and gmock 3.6 s, the standard library 1 s.  They are compiled once per set, in a
# tiny target whose result every target with the same flags reuses.  clang-tidy does without, and so sees what a file forgot to include.
function(shopwire_share_pch target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "TEST" "" "DEPS")
    set(pch shopwire_pch)
    set(libs shopwire_flags)
    set(headers ${shopwire_standard_headers})
    if("events" IN_LIST arg_DEPS OR "proto" IN_LIST arg_DEPS)
        string(APPEND pch _messages)
        list(APPEND libs shopwire::proto)
        list(
            APPEND headers
            shopwire/commands/v1/command.pb.h
            shopwire/events/v1/event.pb.h
            shopwire/internal/v1/state.pb.h
        )
    endif()
    if(arg_TEST)
        string(APPEND pch _test)
        list(APPEND libs shopwire::dep_gtest_main)
        list(APPEND headers gmock/gmock.h gtest/gtest.h)
    endif()
    if(NOT TARGET ${pch})
        file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/${pch}.cpp CONTENT "")
        add_library(${pch} OBJECT ${PROJECT_BINARY_DIR}/${pch}.cpp)
        target_link_libraries(${pch} PRIVATE ${libs})
        list(TRANSFORM headers REPLACE "(.+)" "<\\1>")
        target_precompile_headers(${pch} PRIVATE ${headers})
        target_compile_options(${pch} PRIVATE -fpch-preprocess) # or ccache cannot see what the precompiled header holds
    endif()
    target_compile_options(${target} PRIVATE $<$<NOT:$<BOOL:${CMAKE_DISABLE_PRECOMPILE_HEADERS}>>:-fpch-preprocess>)
    target_precompile_headers(${target} REUSE_FROM ${pch})
endfunction()

# shopwire_add_proto(FILES path.proto...): shopwire::proto, from files named relative to this folder.
#
# Its headers are system headers to whoever links it, and its sources are compiled without our warnings.
function(shopwire_add_proto)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FILES")
    set(out ${CMAKE_CURRENT_BINARY_DIR})
    set(sources)
    foreach(file IN LISTS arg_FILES)
        string(REGEX REPLACE "[.]proto$" "" stem ${file})
        add_custom_command(
            OUTPUT ${out}/${stem}.pb.cc ${out}/${stem}.pb.h
            COMMAND protobuf::protoc --proto_path=${CMAKE_CURRENT_SOURCE_DIR} --cpp_out=${out} ${file}
            DEPENDS ${arg_FILES}
            WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}
            VERBATIM
        )
        list(APPEND sources ${out}/${stem}.pb.cc)
    endforeach()
    add_library(shopwire_proto STATIC ${sources})
    add_library(shopwire::proto ALIAS shopwire_proto)
    target_include_directories(shopwire_proto SYSTEM PUBLIC ${out})
    target_link_libraries(shopwire_proto PUBLIC protobuf::libprotobuf shopwire_sanitize)
    shopwire_note_layer(shopwire_proto)
endfunction()

# Enters each named folder that has a CMakeLists.txt.
function(shopwire_add_rooms)
    foreach(room IN LISTS ARGN)
        if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${room}/CMakeLists.txt)
            add_subdirectory(${room})
        endif()
    endforeach()
endfunction()
