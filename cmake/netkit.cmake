# What every target of netkit is built with, and the functions that plugins and tests are declared by.

include(${CMAKE_CURRENT_LIST_DIR}/netkit-plugin.cmake)

add_library(netkit_flags INTERFACE)
target_compile_options(netkit_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wold-style-cast -Wnull-dereference -Werror -fstack-protector-strong)
target_compile_definitions(netkit_flags INTERFACE $<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of gcc 12 at -O2 on std::string and std::variant moves.
  target_compile_options(netkit_flags INTERFACE -Wno-maybe-uninitialized -Wno-null-dereference -Wno-restrict)
endif()
target_link_options(netkit_flags INTERFACE -Wl,-z,relro -Wl,-z,now)
if(NETKIT_SANITIZE)
  # Without vptr: it looks at an object's memory through a pipe, and takes a process without descriptors left, which
  # tests make on purpose, for one with wrong objects.
  target_compile_options(netkit_flags INTERFACE
    -fsanitize=${NETKIT_SANITIZE} -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(netkit_flags INTERFACE -fsanitize=${NETKIT_SANITIZE})
endif()

# netkit_unite_folders(TARGET [EXCEPT regex]): with NETKIT_UNITE, the target's files of one folder are one translation
# unit, as reading the headers is two thirds of a small file's compile. So a name in an anonymous namespace is unique in
# its folder. A build without it sees that each file includes what it uses. Files that match the regex stay alone, but where
# NETKIT_UNITE is ALL.
function(netkit_unite_folders target)
  cmake_parse_arguments(UNITE "" "EXCEPT" "" ${ARGN})
  if(NOT NETKIT_UNITE)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  get_target_property(base ${target} SOURCE_DIR)
  if(UNITE_EXCEPT AND NOT NETKIT_UNITE STREQUAL "ALL")
    list(FILTER sources EXCLUDE REGEX "${UNITE_EXCEPT}")
  endif()
  foreach(source IN LISTS sources)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${base} OUTPUT_VARIABLE folder)
    cmake_path(GET folder PARENT_PATH folder)
    string(MAKE_C_IDENTIFIER "${folder}" unit)
    set_source_files_properties(${source} TARGET_DIRECTORY ${target} PROPERTIES UNITY_GROUP ${unit})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()

# netkit_plugin(NAME SOURCES... [LIBS library...]): build/lib/netkit/plugins/NAME.so, one of netkit's own plugins, which
# is installed with it.
function(netkit_plugin name)
  set(target plugin-${name})
  netkit_add_plugin(${target} ${ARGN} OUTPUT_NAME ${name})
  target_link_libraries(${target} PRIVATE netkit_flags)
  netkit_unite_folders(${target})
  set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/netkit/plugins)
  install(TARGETS ${target} LIBRARY DESTINATION ${NETKIT_INSTALL_PLUGINDIR})
endfunction()

# netkit_test(NAME SOURCES... [LIBS library...]): a CppUnit program and its ctest entry.
function(netkit_test name)
  cmake_parse_arguments(TEST "" "" "LIBS" ${ARGN})
  add_executable(test-${name} ${PROJECT_SOURCE_DIR}/tests/main.cpp ${TEST_UNPARSED_ARGUMENTS})
  target_include_directories(test-${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(test-${name} PRIVATE netkit::core netkit_flags cppunit ${TEST_LIBS})
  # CppUnit names what registers a suite by its line, and files of one folder may have theirs in the same.
  target_compile_definitions(test-${name} PRIVATE CPPUNIT_UNIQUE_COUNTER=__COUNTER__)
  netkit_unite_folders(test-${name})
  set_target_properties(test-${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND test-${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 ENVIRONMENT "NETKIT_BUILD=${PROJECT_BINARY_DIR}")
endfunction()

# netkit_system_test(NAME FILE.py): a Python unittest file that runs the built programs as a user would.
function(netkit_system_test name file)
  add_test(NAME ${name} COMMAND python3 -B ${CMAKE_CURRENT_SOURCE_DIR}/${file} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600 ENVIRONMENT "NETKIT_BUILD=${PROJECT_BINARY_DIR}")
endfunction()
